#include "support/faults.hpp"

#include <liburing.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>

namespace aside_test {
namespace {

struct state {
  std::atomic<int> error{0};
  std::atomic<unsigned> skip{0};
  std::atomic<unsigned> left{0};
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> failed{0};
};
std::array<state, static_cast<std::size_t>(call::count)> states;
std::atomic<std::size_t> most_sent{~std::size_t{0}};
thread_local int exempt = 0;

state& of(call c) { return states[static_cast<std::size_t>(c)]; }

bool take_one(std::atomic<unsigned>& n) {
  unsigned now = n.load();
  while (now != 0) {
    if (now == fault::always || n.compare_exchange_weak(now, now - 1)) return true;
  }
  return false;
}

/// The errno with which this call fails; 0: it does not.
int strike(call c) {
  state& s = of(c);
  if (exempt != 0 || s.error.load() == 0) return 0;
  ++s.calls;
  if (take_one(s.skip) || !take_one(s.left)) return 0;
  ++s.failed;
  return s.error.load();
}

}  // namespace

fault::fault(call which, int error, unsigned times, unsigned skip) : which_(which) {
  state& s = of(which);
  s.calls = 0;
  s.failed = 0;
  s.skip = skip;
  s.left = times;
  s.error = error;
}
fault::~fault() { of(which_).error = 0; }
std::uint64_t fault::calls() const noexcept { return of(which_).calls; }
std::uint64_t fault::failed() const noexcept { return of(which_).failed; }

short_sends::short_sends(std::size_t most) { most_sent = most; }
short_sends::~short_sends() { most_sent = ~std::size_t{0}; }

unharmed::unharmed() { ++exempt; }
unharmed::~unharmed() { --exempt; }

namespace {

constexpr std::uint32_t nop_inject_result = 1;  // IORING_NOP_INJECT_RESULT

/// Operations that are about to be handed in answer `error` instead.
void strike_operations(io_uring& ring) {
  for (unsigned i = ring.sq.sqe_head; i != ring.sq.sqe_tail; ++i) {
    io_uring_sqe& sqe = ring.sq.sqes[i & *ring.sq.kring_mask];
    int error = 0;
    if (sqe.opcode == IORING_OP_ACCEPT) error = strike(call::ring_accept);
    if (sqe.opcode == IORING_OP_CONNECT) error = strike(call::ring_connect);
    if (sqe.opcode == IORING_OP_POLL_ADD) error = strike(call::ring_poll);
    if (error == 0) continue;
    const std::uint64_t about = sqe.user_data;
    ::io_uring_prep_nop(&sqe);
    sqe.len = static_cast<std::uint32_t>(-error);
    sqe.rw_flags = static_cast<__kernel_rwf_t>(nop_inject_result);
    sqe.user_data = about;
  }
}

}  // namespace

bool ring_results_can_be_set() {
  io_uring ring{};
  if (::io_uring_queue_init(2, &ring, 0) != 0) return false;
  io_uring_sqe* const sqe = ::io_uring_get_sqe(&ring);
  ::io_uring_prep_nop(sqe);
  sqe->len = static_cast<std::uint32_t>(-EXDEV);
  sqe->rw_flags = static_cast<__kernel_rwf_t>(nop_inject_result);
  io_uring_cqe* cqe = nullptr;
  bool can = false;
  if (::io_uring_submit(&ring) == 1 && ::io_uring_wait_cqe(&ring, &cqe) == 0)
    can = cqe->res == -EXDEV;
  ::io_uring_queue_exit(&ring);
  return can;
}

}  // namespace aside_test

using aside_test::call;
using aside_test::strike;

#define ASIDE_TEST_WRAP(name, kind, parameters, arguments)   \
  int __real_##name parameters;                              \
  int __wrap_##name parameters {                             \
    if (const int error = strike(call::kind); error != 0) {  \
      errno = error;                                         \
      return -1;                                             \
    }                                                        \
    return __real_##name arguments;                          \
  }

#define ASIDE_TEST_WRAP_RING(name, parameters, arguments)                                 \
  int __real_##name parameters;                                                           \
  int __wrap_##name parameters {                                                          \
    if (const int error = strike(call::ring_enter); error != 0) return -error;            \
    aside_test::strike_operations(*ring);                                                 \
    return __real_##name arguments;                                                       \
  }

extern "C" {

ASIDE_TEST_WRAP(socket, socket, (int domain, int type, int protocol), (domain, type, protocol))
ASIDE_TEST_WRAP(bind, bind, (int fd, const sockaddr* to, socklen_t size), (fd, to, size))
ASIDE_TEST_WRAP(listen, listen, (int fd, int backlog), (fd, backlog))
ASIDE_TEST_WRAP(accept4, accept4, (int fd, sockaddr* from, socklen_t* size, int flags),
                (fd, from, size, flags))
ASIDE_TEST_WRAP(connect, connect, (int fd, const sockaddr* to, socklen_t size), (fd, to, size))
ASIDE_TEST_WRAP(shutdown, shutdown, (int fd, int how), (fd, how))
ASIDE_TEST_WRAP(socketpair, pair, (int domain, int type, int protocol, int* ends),
                (domain, type, protocol, ends))
ASIDE_TEST_WRAP(pipe2, pipe, (int* ends, int flags), (ends, flags))
ASIDE_TEST_WRAP(poll, poll, (pollfd * those, nfds_t count, int timeout), (those, count, timeout))
ASIDE_TEST_WRAP(setsockopt, setsockopt,
                (int fd, int level, int name, const void* value, socklen_t size),
                (fd, level, name, value, size))
ASIDE_TEST_WRAP(getsockopt, getsockopt, (int fd, int level, int name, void* value, socklen_t* size),
                (fd, level, name, value, size))
ASIDE_TEST_WRAP(getsockname, getsockname, (int fd, sockaddr* name, socklen_t* size),
                (fd, name, size))
ASIDE_TEST_WRAP(epoll_create1, epoll_create1, (int flags), (flags))
ASIDE_TEST_WRAP(epoll_ctl, epoll_ctl, (int epfd, int what, int fd, epoll_event* e),
                (epfd, what, fd, e))
ASIDE_TEST_WRAP(epoll_wait, epoll_wait, (int epfd, epoll_event* e, int most, int timeout),
                (epfd, e, most, timeout))
ASIDE_TEST_WRAP(epoll_pwait2, epoll_wait,
                (int epfd, epoll_event* e, int most, const timespec* timeout, const sigset_t* mask),
                (epfd, e, most, timeout, mask))
ASIDE_TEST_WRAP(eventfd, eventfd, (unsigned count, int flags), (count, flags))

ssize_t __real_recv(int fd, void* into, std::size_t size, int flags);
ssize_t __wrap_recv(int fd, void* into, std::size_t size, int flags) {
  if (const int error = strike(call::recv); error != 0) {
    errno = error;
    return -1;
  }
  return __real_recv(fd, into, size, flags);
}
ssize_t __real_recvmsg(int fd, msghdr* into, int flags);
ssize_t __wrap_recvmsg(int fd, msghdr* into, int flags) {
  if (const int error = strike(call::recv); error != 0) {
    errno = error;
    return -1;
  }
  return __real_recvmsg(fd, into, flags);
}
ssize_t __real_recvfrom(int fd, void* into, std::size_t size, int flags, sockaddr* from,
                        socklen_t* from_size);
ssize_t __wrap_recvfrom(int fd, void* into, std::size_t size, int flags, sockaddr* from,
                        socklen_t* from_size) {
  if (const int error = strike(call::recv); error != 0) {
    errno = error;
    return -1;
  }
  return __real_recvfrom(fd, into, size, flags, from, from_size);
}
ssize_t __real_send(int fd, const void* from, std::size_t size, int flags);
ssize_t __wrap_send(int fd, const void* from, std::size_t size, int flags) {
  if (const int error = strike(call::send); error != 0) {
    errno = error;
    return -1;
  }
  return __real_send(fd, from, std::min(size, aside_test::most_sent.load()), flags);
}
ssize_t __real_sendto(int fd, const void* from, std::size_t size, int flags, const sockaddr* to,
                      socklen_t to_size);
ssize_t __wrap_sendto(int fd, const void* from, std::size_t size, int flags, const sockaddr* to,
                      socklen_t to_size) {
  if (const int error = strike(call::send); error != 0) {
    errno = error;
    return -1;
  }
  return __real_sendto(fd, from, size, flags, to, to_size);
}
ssize_t __real_sendmsg(int fd, const msghdr* from, int flags);
ssize_t __wrap_sendmsg(int fd, const msghdr* from, int flags) {
  if (const int error = strike(call::send); error != 0) {
    errno = error;
    return -1;
  }
  const std::size_t most = aside_test::most_sent.load();
  if (from->msg_iovlen != 0 && most != ~std::size_t{0}) {
    msghdr first = *from;
    iovec part = from->msg_iov[0];
    part.iov_len = std::min(part.iov_len, most);
    first.msg_iov = &part;
    first.msg_iovlen = 1;
    return __real_sendmsg(fd, &first, flags);
  }
  return __real_sendmsg(fd, from, flags);
}

// What the library calls without the C library's wrappers (src/base/system_call.hpp).
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
  std::array<long, 6> a{};
  va_list rest;
  va_start(rest, number);
  for (long& each : a)
    each = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_sendmsg)
    return __wrap_sendmsg(static_cast<int>(a[0]), reinterpret_cast<const msghdr*>(a[1]),
                          static_cast<int>(a[2]));
  int error = 0;
  if (number == SYS_recvfrom) error = strike(call::recv);
  if (number == SYS_sendto) error = strike(call::send);
  if (number == SYS_epoll_pwait2) error = strike(call::epoll_wait);
  if (error != 0) {
    errno = error;
    return -1;
  }
  if (number == SYS_sendto)
    a[2] = static_cast<long>(std::min(static_cast<std::size_t>(a[2]), aside_test::most_sent.load()));
  return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

ssize_t __real_read(int fd, void* into, std::size_t size);
ssize_t __wrap_read(int fd, void* into, std::size_t size) {
  if (const int error = strike(call::read); error != 0) {
    errno = error;
    return -1;
  }
  return __real_read(fd, into, size);
}
ssize_t __real_writev(int fd, const iovec* pieces, int count);
ssize_t __wrap_writev(int fd, const iovec* pieces, int count) {
  if (const int error = strike(call::write); error != 0) {
    errno = error;
    return -1;
  }
  const std::size_t most = aside_test::most_sent.load();
  if (count == 0 || most == ~std::size_t{0}) return __real_writev(fd, pieces, count);
  iovec part = pieces[0];
  part.iov_len = std::min(part.iov_len, most);
  return __real_writev(fd, &part, 1);
}
ssize_t __real_pwritev2(int fd, const iovec* pieces, int count, off_t at, int flags);
ssize_t __wrap_pwritev2(int fd, const iovec* pieces, int count, off_t at, int flags) {
  if (const int error = strike(call::write); error != 0) {
    errno = error;
    return -1;
  }
  const std::size_t most = aside_test::most_sent.load();
  if (count == 0 || most == ~std::size_t{0}) return __real_pwritev2(fd, pieces, count, at, flags);
  iovec part = pieces[0];
  part.iov_len = std::min(part.iov_len, most);
  return __real_pwritev2(fd, &part, 1, at, flags);
}

int __real_io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* p);
int __wrap_io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* p) {
  if (const int error = strike(call::ring_setup); error != 0) return -error;
  return __real_io_uring_queue_init_params(entries, ring, p);
}
ASIDE_TEST_WRAP_RING(io_uring_submit, (io_uring * ring), (ring))
ASIDE_TEST_WRAP_RING(io_uring_submit_and_wait, (io_uring * ring, unsigned n), (ring, n))
ASIDE_TEST_WRAP_RING(io_uring_submit_and_get_events, (io_uring * ring), (ring))
ASIDE_TEST_WRAP_RING(io_uring_submit_and_wait_timeout,
                     (io_uring * ring, io_uring_cqe** cqe, unsigned n, __kernel_timespec* ts,
                      sigset_t* mask),
                     (ring, cqe, n, ts, mask))
}
