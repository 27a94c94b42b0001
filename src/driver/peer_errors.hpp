#pragma once
// What an errno of accept(2) is about.

#include <aside/config.hpp>

#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

/// So many errors of single peers in a row are no longer theirs.
inline constexpr unsigned peer_errors_in_a_row = 64;

/// An error that the connection brought along, or that passes by itself: accept the next one.
[[nodiscard]] inline bool concerns_one_peer(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM:  // a firewall rule; again and again, it is a sandbox that forbids the call
      return true;
    default:
      return false;
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
