#include "driver/ops/quiet_write.hpp"

#include "base/atomic.hpp"

#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr int no_signal = 0x100;  // RWF_NOSIGNAL, newer than the headers
constinit atomic<bool> kernel_knows_it{true};
}  // namespace

ssize_t write_quietly(int fd, const void* from, std::size_t size) noexcept {
  if (kernel_knows_it.load(memory_order_relaxed)) {
    iovec part{};
    part.iov_base = const_cast<void*>(from);
    part.iov_len = size;
    const ssize_t n = ::pwritev2(fd, &part, 1, -1, no_signal);
    if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return n;
    kernel_knows_it.store(false, memory_order_relaxed);
  }
  return write_with_signal_blocked(fd, from, size);
}

ssize_t write_with_signal_blocked(int fd, const void* from, std::size_t size) noexcept {
  sigset_t pipe;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const bool was_blocked = ::sigismember(&before, SIGPIPE) == 1;
  // One that waits already is somebody else's.
  const bool waits =
      was_blocked && ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
  const ssize_t n = ::write(fd, from, size);
  const int error = errno;
  if (n < 0 && error == EPIPE && !waits) {
    const timespec now{};
    while (::sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  if (!was_blocked) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return n;
}

}  // namespace aside::inline ASIDE_ABI::detail
