#pragma once
// poll: waits for a descriptor that belongs to somebody else.

#include <aside/net/io_leaf.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI {

/// What a descriptor is waited for, or is ready for.
enum class poll_events : std::uint8_t { none = 0, readable = 1, writable = 2, both = 3 };

constexpr poll_events operator|(poll_events a, poll_events b) noexcept {
  return static_cast<poll_events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr poll_events operator&(poll_events a, poll_events b) noexcept {
  return static_cast<poll_events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
namespace detail {

class ASIDE_AWAIT_IT poll_op : public io_op<poll_op> {
 public:
  ASIDE_API poll_op(int fd, poll_events wanted) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<poll_events, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

  armed arm(host& h, bool stop) noexcept;
  bool cancel() noexcept;

 private:
  int check() noexcept;
  int watch(host& h) noexcept;

  io_handle watching_;  // a set of its own, with the one descriptor in it
  poll_events wanted_;
  poll_events ready_ = poll_events::none;
  bool checked_ = false;
};

}  // namespace detail

/// Waits until `fd` is ready for what is `wanted`, and gives what of that it is ready for. For
/// libraries that do their own reading and writing, and tell what they wait for (libpq, libcurl,
/// c-ares):
///
///   while (PQisBusy(db) != 0) {
///     co_await aside::poll(PQsocket(db), aside::poll_events::readable);
///     PQconsumeInput(db);
///   }
///
/// What is ready already completes at once, again and again, until somebody takes the bytes or
/// fills the room. A peer that has closed, and an error, count as ready for whatever was wanted:
/// the next call on the descriptor tells.
///
/// Completes when:  the descriptor is ready.
/// Lifetime:        the descriptor stays the caller's and open until completion; it is neither read
///                  nor made non-blocking. If it is closed nevertheless, the wait does not end.
/// Stopping:        ends the wait. Neither then nor after completion does anything stay registered.
/// Errors:          EBADF; EPERM for a regular file or folder, which is always ready: use it in
///                  `blocking`; EMFILE, as a wait takes a descriptor; EINVAL for `none`.
/// Cost:            two system calls when it is ready; seven and a descriptor when not.
///                  Many tasks may wait for one descriptor.
inline detail::poll_op poll(int fd, poll_events wanted) noexcept { return {fd, wanted}; }

}  // namespace aside::inline ASIDE_ABI
