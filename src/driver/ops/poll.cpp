// poll: the descriptor goes into an epoll set of the operation's own, and the set is what the
// engine watches. So nothing of the descriptor is registered with the engine: the set goes as a
// whole, on any thread, whatever has become of the descriptor and of its number, and however often
// it is watched.

#include <aside/net/poll.hpp>

#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {

armed poll_arm(leaf& l, host& h, bool stop) noexcept {
  return static_cast<poll_op&>(l).arm(h, stop);
}
bool poll_cancel(leaf& l) noexcept { return static_cast<poll_op&>(l).cancel(); }
constexpr leaf_ops poll_ops{&poll_arm, &poll_cancel, "poll"};

static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLRDHUP == EPOLLRDHUP &&
              POLLERR == EPOLLERR && POLLHUP == EPOLLHUP);

bool has(poll_events those, poll_events these) noexcept {
  return (those & these) != poll_events::none;
}

unsigned kernel_events(poll_events wanted) noexcept {
  return (has(wanted, poll_events::readable) ? EPOLLIN | EPOLLRDHUP : 0u) |
         (has(wanted, poll_events::writable) ? EPOLLOUT : 0u);
}

poll_events of_kernel(unsigned events, poll_events wanted) noexcept {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return wanted;
  poll_events e = poll_events::none;
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) e = e | poll_events::readable;
  if ((events & EPOLLOUT) != 0) e = e | poll_events::writable;
  return e & wanted;
}

}  // namespace

poll_op::poll_op(int fd, poll_events wanted) noexcept : io_op(poll_ops), wanted_(wanted) {
  fd_ = fd;
  if (wanted == poll_events::none) error_ = EINVAL;
  if (fd < 0) error_ = EBADF;
}

/// Of the descriptor itself, once; an errno.
int poll_op::check() noexcept {
  struct stat s{};
  if (::fstat(fd_, &s) != 0) return errno;
  if (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode) || S_ISBLK(s.st_mode)) return EPERM;
  checked_ = true;
  return 0;
}

bool poll_op::attempt() noexcept {
  if (error_ == 0 && !checked_) error_ = check();
  if (error_ != 0) return true;
  if (watching_.registration() != nullptr) {
    readiness& word = watching_.registration()->reader;
    while (word.take()) {
      epoll_event e{};
      if (::epoll_wait(watching_.fd(), &e, 1, 0) == 1) {
        ready_ = of_kernel(e.events, wanted_);
        return true;
      }
      word.calm();
    }
    return false;
  }
  pollfd p{};
  p.fd = fd_;
  p.events = static_cast<short>(kernel_events(wanted_));
  if (::poll(&p, 1, 0) <= 0) return false;
  if ((p.revents & POLLNVAL) != 0)
    error_ = EBADF;
  else
    ready_ = of_kernel(static_cast<unsigned>(p.revents), wanted_);
  return true;
}

int poll_op::watch(host& h) noexcept {
  unique_fd set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set) return errno;
  epoll_event e{};
  e.events = kernel_events(wanted_);
  if (::epoll_ctl(set.get(), EPOLL_CTL_ADD, fd_, &e) != 0) return errno;
  return attach_to(h, std::move(set), false, watching_);
}

armed poll_op::arm(host& h, bool stop) noexcept {
  for (;;) {
    if (stop) return armed::stopped;
    if (attempt()) return armed::ready;
    if (watching_.registration() == nullptr) error_ = watch(h);
    if (error_ == 0 && watching_.registration()->reader.arm(*this)) return armed::waiting;
  }
}

bool poll_op::cancel() noexcept { return watching_.registration()->reader.disarm(*this); }

std::expected<poll_events, std::error_code> poll_op::result() noexcept {
  watching_.close();
  if (error_ != 0) return std::unexpected(code());
  return ready_;
}

void poll_op::fail(int error) const {
  const char* advice = "";
  if (error == EPERM) advice = "; a file is always ready: read and write it in aside::blocking";
  throw_explained(error, "poll descriptor " + std::to_string(fd_), advice);
}

}  // namespace aside::inline ASIDE_ABI::detail
