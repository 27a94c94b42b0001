#pragma once
// The system calls that a server makes for each message, made without glibc's cancellation points: in a
// process with threads those are two locked instructions around each call, and a thread that drives a
// core cannot be cancelled anyway. Sanitizers look at the calls of the C library, so those are theirs.

#include <aside/config.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cstddef>

namespace aside::inline ASIDE_ABI::detail {

#if defined(ASIDE_TSAN) || defined(ASIDE_ASAN) || !defined(__LP64__)
inline constexpr bool by_library = true;
#else
inline constexpr bool by_library = false;
#endif

inline ssize_t call_recv(int fd, void* into, std::size_t size) noexcept {
  if constexpr (by_library) return ::recv(fd, into, size, 0);
  return ::syscall(SYS_recvfrom, fd, into, size, 0, nullptr, nullptr);
}
inline ssize_t call_send(int fd, const void* from, std::size_t size) noexcept {
  if constexpr (by_library) return ::send(fd, from, size, MSG_NOSIGNAL);
  return ::syscall(SYS_sendto, fd, from, size, MSG_NOSIGNAL, nullptr, 0L);
}
inline ssize_t call_sendmsg(int fd, const msghdr& message) noexcept {
  if constexpr (by_library) return ::sendmsg(fd, &message, MSG_NOSIGNAL);
  return ::syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}
/// `timeout` null: for ever.
inline int call_epoll_pwait2(int fd, epoll_event* events, int most,
                             const timespec* timeout) noexcept {
  if constexpr (by_library) return ::epoll_pwait2(fd, events, most, timeout, nullptr);
  return static_cast<int>(::syscall(SYS_epoll_pwait2, fd, events, most, timeout, nullptr, 0L));
}

}  // namespace aside::inline ASIDE_ABI::detail
