#pragma once
// socket_address: an IP address and a port.

#include <aside/config.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace aside::inline ASIDE_ABI {

/// An IPv4 or IPv6 address with a port: a value of 32 bytes, copied freely. One that was made from
/// nothing names nobody; it is false and less than every other.
class socket_address {
 public:
  socket_address() = default;
  /// Reads "1.2.3.4:80" or "[::1]:80": numeric, no name is looked up; a link's number may follow an
  /// IPv6 address ("[fe80::1%2]:80"). Throws std::system_error (EINVAL) for anything else, such as "::1:80",
  /// whose address ends nobody knows where.
  ASIDE_API explicit socket_address(std::string_view text);
  /// The same without an exception.
  [[nodiscard]] ASIDE_API static std::expected<socket_address, std::error_code> parse(
      std::string_view text) noexcept;

  /// What the constructor reads; empty for nobody.
  [[nodiscard]] ASIDE_API std::string text() const;
  [[nodiscard]] ASIDE_API std::uint16_t port() const noexcept;
  [[nodiscard]] ASIDE_API bool is_v6() const noexcept;
  explicit operator bool() const noexcept { return size_ != 0; }

  /// By family, address, link and port. An IPv4 address and its IPv6 form ("::ffff:1.2.3.4")
  /// differ.
  ASIDE_API friend std::strong_ordering operator<=>(const socket_address& a,
                                                    const socket_address& b) noexcept;
  friend bool operator==(const socket_address& a, const socket_address& b) noexcept {
    return (a <=> b) == 0;
  }

  /// For system calls: a `sockaddr` of so many bytes, and room for one.
  [[nodiscard]] const void* data() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] void* room() noexcept { return bytes_; }
  static constexpr std::size_t capacity = 28;
  /// After a system call has written so many bytes there; what is no IP address becomes nobody.
  ASIDE_API void resize(std::size_t size) noexcept;

 private:
  alignas(4) std::byte bytes_[capacity] = {};
  std::uint8_t size_ = 0;
};

}  // namespace aside::inline ASIDE_ABI
