#include "driver/ops/quiet_write.hpp"

#include "base/atomic.hpp"

#include <signal.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr int no_signal = 0x100;  // RWF_NOSIGNAL, newer than the headers
constinit atomic<bool> kernel_knows_it{true};
}  // namespace

ssize_t write_quietly(int fd, std::span<const iovec> pieces) noexcept {
  if (kernel_knows_it.load(memory_order_relaxed)) {
    const ssize_t n =
        ::pwritev2(fd, pieces.data(), static_cast<int>(pieces.size()), -1, no_signal);
    if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return n;
    kernel_knows_it.store(false, memory_order_relaxed);
  }
  return write_with_signal_blocked(fd, pieces);
}

ssize_t write_with_signal_blocked(int fd, std::span<const iovec> pieces) noexcept {
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
  const ssize_t n = ::writev(fd, pieces.data(), static_cast<int>(pieces.size()));
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
