// Pipes, and descriptors from elsewhere that are opened once more. O_NONBLOCK belongs to what
// several descriptors may share, so it is set on a file of our own wherever there can be one.

#include <aside/net/pipe.hpp>

#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <array>
#include <cstdio>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops pipe_ops = at_once<pipe_op>("pipe");

/// A terminal that opens as itself: of Linux's own and the pseudo-terminals' numbers.
bool is_terminal(const struct stat& s) noexcept {
  const unsigned number = major(s.st_rdev);
  return S_ISCHR(s.st_mode) && (number == 4 || (number >= 136 && number <= 143));
}

/// Would epoll take it? Asked of a set of its own, so that all engines answer alike.
int check_pollable(int fd) noexcept {
  const unique_fd set(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event e{};
  return set && ::epoll_ctl(set.get(), EPOLL_CTL_ADD, fd, &e) == 0 ? 0 : errno;
}

int duplicate(int of, int flags, bool is_socket, unique_fd& into) noexcept {
  into = unique_fd(::fcntl(of, F_DUPFD_CLOEXEC, 0));
  if (!into) return errno;
  engine::expect_shared();
  if (!is_socket && (flags & O_NONBLOCK) == 0 &&
      ::fcntl(into.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    return errno;
  return 0;
}

int open_again(int of, bool for_writing, unique_fd& into, byte_kind& kind) noexcept {
  const int flags = ::fcntl(of, F_GETFL);
  if (flags < 0) return errno;
  const int other_way = for_writing ? O_RDONLY : O_WRONLY;
  if ((flags & O_ACCMODE) == other_way) return EBADF;
  struct stat s{};
  if (::fstat(of, &s) != 0) return errno;

  if (S_ISSOCK(s.st_mode)) {
    kind = byte_kind::other_socket;
    return duplicate(of, flags, true, into);
  }
  // A read of a pipe ends at the end of a packet, and only the writing ends know whether there are any.
  kind = byte_kind::other;
  if (const int error = check_pollable(of); error != 0) return error;
  if (S_ISFIFO(s.st_mode) || is_terminal(s)) {
    std::array<char, 40> name{};
    std::snprintf(name.data(), name.size(), "/proc/thread-self/fd/%d", of);
    into = unique_fd(::open(name.data(), (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK |
                                             O_CLOEXEC | O_NOCTTY | (flags & O_DIRECT)));
    if (into) return 0;
  }
  return duplicate(of, flags, false, into);
}

}  // namespace

bool open_copy(int of, bool for_writing, io_handle& into, byte_kind& kind, int& error) noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;
  unique_fd fd;
  error = open_again(of, for_writing, fd, kind);
  if (error == 0) error = attach_to(*here.get(), std::move(fd), for_writing, into);
  return true;
}

void throw_at_descriptor(int error, const char* operation, int fd) {
  const char* advice = "";
  if (error == EPERM)
    advice = "; a regular file never makes anybody wait: use it in aside::blocking";
  throw_explained(error, operation + (" descriptor " + std::to_string(fd)), advice);
}

pipe_op::pipe_op() noexcept : io_op(pipe_ops) {}

bool pipe_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) {
    error_ = errno;
    return true;
  }
  error_ = attach_both(*here.get(), ends, true, reader_, writer_);
  return true;
}

std::expected<std::pair<pipe_reader, pipe_writer>, std::error_code> pipe_op::result() noexcept {
  if (error_ != 0) {
    reader_.close();
    return std::unexpected(code());
  }
  return std::pair(pipe_reader(std::move(reader_), byte_kind::pipe),
                   pipe_writer(std::move(writer_), byte_kind::pipe));
}

}  // namespace aside::inline ASIDE_ABI::detail
