#pragma once
// What keeps a server from accepting, and saying so without filling a log.

#include <aside/config.hpp>

#include <cstddef>
#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

/// Waiting does not mend it: the socket is none, or the call is forbidden.
[[nodiscard]] bool accept_is_hopeless(int error) noexcept;
[[nodiscard]] bool accept_is_short_of_resources(int error) noexcept;

/// One line on stderr, and for the next 10 s no other of any server: the next line says how many were
/// left out. `now`: of now_ns().
/// `where`: "port 7000", or a path.
void report_accept(int error, const char* where, std::uint64_t now) noexcept;
/// A core on which serve could not open a socket of its own.
void report_no_socket(unsigned core, const char* where, const char* why) noexcept;
void report_full(std::size_t connections, const char* where, std::uint64_t now) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
