#pragma once
// scan: where in some bytes a line, a delimiter or a frame ends. No input and no output.
//
// A scan is called with the same bytes again, and more behind them, until it has found or refused
// something. What comes of it does not depend on how the bytes were cut. There are never more than
// 1 GiB and a chunk of them, so 32 bits will do.

#include <aside/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <span>
#include <string_view>

namespace aside::inline ASIDE_ABI {

/// How a frame's length is written before it, in network byte order, and the longest that is read.
class frame_format {
 public:
  frame_format() = default;
  /// 1, 2, 4 (the default) or 8 bytes. Others abort.
  ASIDE_API frame_format& prefix(
      unsigned bytes, std::source_location at = std::source_location::current()) noexcept;
  /// The longest frame. Default 1 MiB; at most 1 GiB.
  ASIDE_API frame_format& limit(std::size_t bytes) noexcept;
  [[nodiscard]] unsigned prefix() const noexcept { return prefix_; }
  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

 private:
  std::uint32_t prefix_ = 4;
  std::uint32_t limit_ = std::uint32_t{1} << 20;
};

namespace detail {

struct scanned {
  enum class what : std::uint8_t { wants_more, found, too_long };
  what is = what::wants_more;
  std::size_t begin = 0;  // of what was found
  std::size_t size = 0;
  std::size_t consumed = 0;  // with what surrounds it
};

/// A line ends with LF or CR LF, which are not part of it. A CR elsewhere is a character.
class line_scan {
 public:
  using result = std::optional<std::string_view>;
  explicit line_scan(std::uint32_t limit) noexcept : limit_(limit) {}
  ASIDE_API scanned operator()(std::span<const std::byte> bytes) noexcept;
  static result of(std::span<const std::byte> found) noexcept {
    return std::string_view(reinterpret_cast<const char*>(found.data()), found.size());
  }

 private:
  std::uint32_t limit_;
  std::uint32_t seen_ = 0;
};

/// What stands before a delimiter, which is not empty.
class until_scan {
 public:
  using result = std::optional<std::span<const std::byte>>;
  until_scan(std::string_view delimiter, std::uint32_t limit) noexcept
      : delimiter_(delimiter), limit_(limit) {}
  ASIDE_API scanned operator()(std::span<const std::byte> bytes) noexcept;
  static result of(std::span<const std::byte> found) noexcept { return found; }

 private:
  std::string_view delimiter_;
  std::uint32_t limit_;
  std::uint32_t seen_ = 0;
};

class frame_scan {
 public:
  using result = std::optional<std::span<const std::byte>>;
  explicit frame_scan(frame_format f) noexcept : format_(f) {}
  ASIDE_API scanned operator()(std::span<const std::byte> bytes) const noexcept;
  static result of(std::span<const std::byte> found) noexcept { return found; }

 private:
  frame_format format_;
};

/// So many bytes at least; consumes none.
class peek_scan {
 public:
  using result = std::span<const std::byte>;
  peek_scan(std::size_t at_least, std::uint32_t limit) noexcept
      : wanted_(at_least), limit_(limit) {}
  ASIDE_API scanned operator()(std::span<const std::byte> bytes) const noexcept;
  static result of(std::span<const std::byte> found) noexcept { return found; }

 private:
  std::size_t wanted_;
  std::uint32_t limit_;
};

/// Writes a frame's length into `room`, which has at least 8 bytes; the part to be sent. Empty: it is
/// too long for the format.
[[nodiscard]] ASIDE_API std::span<const std::byte> put_prefix(frame_format format,
                                                              std::size_t length,
                                                              std::span<std::byte> room) noexcept;

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
