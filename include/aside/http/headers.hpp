#pragma once

#include <aside/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aside::inline ASIDE_ABI::http {

/// One header field line. Views into the `headers` it came from: valid until that changes.
class header_view {
 public:
  header_view(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }

 private:
  std::string_view name_;
  std::string_view value_;
};

/// Header fields in the order they were added, duplicates kept. All text lies in one string, so a
/// set of any size costs two allocations. Names compare without regard to ASCII case.
class ASIDE_API headers {
 public:
  /// Adds a field. Throws std::invalid_argument when `name` is not a token or `value` holds a
  /// control character (CR, LF, NUL, …) or starts or ends with a blank: nothing that could add a
  /// line of its own ever gets in.
  void add(std::string_view name, std::string_view value);
  void clear();

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  header_view operator[](std::size_t index) const;

  /// The value of the first field of that name. The view is valid until the set changes.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// Whether the comma-separated lists in all fields of that name contain `token`, in any case.
  bool has_token(std::string_view name, std::string_view token) const;

 private:
  friend class parser;
  void append_unchecked(std::string_view name, std::string_view value);

  struct field {
    std::uint32_t name_begin;
    std::uint32_t value_begin;
    std::uint32_t value_end;
  };
  std::string text_;
  std::vector<field> fields_;
};

/// Whether a and b are equal without regard to the case of ASCII letters.
ASIDE_API bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace aside::inline ASIDE_ABI::http
