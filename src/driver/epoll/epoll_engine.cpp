#include "driver/epoll/epoll_engine.hpp"

#include "base/system_call.hpp"

#include <sys/eventfd.h>
#include <array>
#include <cerrno>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr std::uint64_t wake_key = 0;
constexpr std::size_t batch = 256;
}  // namespace

epoll_engine::epoll_engine()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_) throw std::system_error(errno, std::system_category(), "epoll_create1");
  if (!wake_) throw std::system_error(errno, std::system_category(), "eventfd");
  epoll_event e{};
  e.events = EPOLLIN | EPOLLET;  // edge-triggered, so the counter is never read
  e.data.u64 = wake_key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &e) != 0)
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
}

int epoll_engine::add(interest& i, int fd) noexcept {
  epoll_event e{};
  e.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
  e.data.u64 = key_of(i);
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &e) == 0 ? 0 : errno;
}

void epoll_engine::remove_now(int fd) noexcept {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void epoll_engine::wait(std::uint64_t timeout_ns) noexcept {
  if (take_in()) timeout_ns = 0;
  std::array<epoll_event, batch> events;
  int n = -1;
  if (precise_) {
    timespec ts{};
    ts.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000);
    ts.tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000);
    n = call_epoll_pwait2(epoll_.get(), events.data(), batch,
                          timeout_ns == forever ? nullptr : &ts);
    if (n < 0 && (errno == ENOSYS || errno == EPERM)) precise_ = false;
  }
  if (!precise_) {
    const std::uint64_t ms = timeout_ns / 1'000'000 + (timeout_ns % 1'000'000 != 0 ? 1 : 0);
    const int limit =
        timeout_ns == forever ? -1 : static_cast<int>(ms < 3'600'000 ? ms : 3'600'000);
    n = ::epoll_wait(epoll_.get(), events.data(), batch, limit);
  }
  if (n < 0 && errno != EINTR) cannot_wait(precise_ ? "epoll_pwait2" : "epoll_wait", errno);
  for (int k = 0; k < n; ++k) {
    const epoll_event& e = events[static_cast<std::size_t>(k)];
    if (e.data.u64 == wake_key) {
      has_woken();
      continue;
    }
    if (interest* const i = from_key(e.data.u64); i != nullptr)
      edge(*i, (e.events & EPOLLIN) != 0, (e.events & EPOLLOUT) != 0,
           (e.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0, (e.events & EPOLLPRI) != 0);
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
