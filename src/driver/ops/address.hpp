#pragma once
// "address:port" to and from a socket address.

#include <aside/net/tcp_stream.hpp>

#include <sys/socket.h>
#include <string>

namespace aside::inline ASIDE_ABI::detail {

/// Numeric "1.2.3.4:80", "[::1]:80" or "[fe80::1%2]:80" with a link's number; a source address may come
/// without its port. 0, or EINVAL, and then the beginning of the text is in `into`.
[[nodiscard]] int parse_address(std::string_view text, connect_op::address& into,
                                bool needs_port = true) noexcept;
/// Throws std::system_error for an errno that came of this address, or of `from`, if it is not null.
[[noreturn]] void throw_at_address(int error, const char* operation, const connect_op::address& a,
                                   const connect_op::address* from = nullptr);
/// Throws std::system_error: what was done to what, what the system says, and what to do.
[[noreturn]] void throw_explained(int error, const std::string& doing, const char* advice);
[[nodiscard]] std::uint16_t port_of(int fd) noexcept;
[[nodiscard]] inline const sockaddr* sockaddr_of(const connect_op::address& a) noexcept {
  return reinterpret_cast<const sockaddr*>(a.bytes);
}

}  // namespace aside::inline ASIDE_ABI::detail
