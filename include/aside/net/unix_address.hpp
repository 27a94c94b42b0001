#pragma once
// unix_address: the name of a Unix socket.

#include <aside/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aside::inline ASIDE_ABI {

/// The name of a Unix socket: a path in the file system, or "@name" for one in Linux's abstract
/// namespace, which has no file and goes with its socket. A value of 110 bytes. Sockets that are
/// bound to nothing have an empty one.
class unix_address {
 public:
  static constexpr std::size_t longest = 107;

  unix_address() = default;
  /// Throws std::system_error: EINVAL for an empty text, "@" alone or a path with a zero byte;
  /// ENAMETOOLONG for more than `longest` bytes.
  ASIDE_API explicit unix_address(std::string_view text);
  /// The same, but an error is kept; for operations.
  [[nodiscard]] ASIDE_API static unix_address keep(std::string_view text) noexcept;
  [[nodiscard]] int error() const noexcept { return error_; }

  /// "" for a socket that is bound to nothing; after an error, the beginning.
  [[nodiscard]] std::string_view text() const noexcept { return {text_, size_}; }
  [[nodiscard]] bool is_abstract() const noexcept { return size_ != 0 && text_[0] == '@'; }
  explicit operator bool() const noexcept { return size_ != 0 && error_ == 0; }
  friend bool operator==(const unix_address& a, const unix_address& b) noexcept {
    return a.text() == b.text();
  }
  friend auto operator<=>(const unix_address& a, const unix_address& b) noexcept {
    return a.text() <=> b.text();
  }

 private:
  char text_[longest + 1] = {};
  std::uint8_t size_ = 0;
  std::uint8_t error_ = 0;
};

namespace detail {

/// The path that a socket is bound to: removed when this dies, if it is still that socket's.
class bound_path {
 public:
  bound_path() = default;
  /// Nothing for an abstract name. Relative paths stay so.
  ASIDE_API explicit bound_path(const unix_address& a);
  bound_path(bound_path&& other) noexcept
      : path_(std::exchange(other.path_, {})), file_(other.file_) {}
  bound_path& operator=(bound_path&& other) noexcept {
    if (this != &other) {
      remove();
      path_ = std::exchange(other.path_, {});
      file_ = other.file_;
    }
    return *this;
  }
  ~bound_path() { remove(); }
  ASIDE_API void remove() noexcept;

 private:
  /// Which file it is. The number of one that is gone is given to another soon, so when it was made is
  /// looked at too: zero where the file system does not know.
  struct identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t born = 0;
    std::uint32_t born_ns = 0;
    bool operator==(const identity&) const = default;
  };
  [[nodiscard]] static std::optional<identity> of(const char* path) noexcept;

  std::string path_;
  identity file_;
};

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
