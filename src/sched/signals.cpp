#include "sched/signals.hpp"

#include "sched/runtime.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// Adds a signal that is not ignored; true when it did.
bool add(sigset_t& set, int signal) noexcept {
  struct sigaction now{};
  if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) return false;
  ::sigaddset(&set, signal);
  return true;
}

}  // namespace

void signal_watch::begin(runtime& rt, bool signals) {
  ::sigemptyset(&heard_);
  const bool by_int = signals && add(heard_, SIGINT);
  const bool by_term = signals && add(heard_, SIGTERM);
  signals = by_int || by_term;
  if (!signals && !rt.dog.enabled()) return;
  if (signals) {
    ::pthread_sigmask(SIG_BLOCK, &heard_, nullptr);
    signals_ = unique_fd(::signalfd(-1, &heard_, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw std::system_error(errno, std::system_category(), "signalfd");
  }
  call_ = unique_fd(::eventfd(0, EFD_CLOEXEC));
  if (!call_) throw std::system_error(errno, std::system_category(), "eventfd");
  try {
    thread_ = std::thread([this, &rt] { watch(rt); });
  } catch (const std::system_error& e) {
    if (!signals) return;  // nobody watches; everything else works
    // A program of one core can do without; then the signals do what they do by default.
    ::pthread_sigmask(SIG_UNBLOCK, &heard_, nullptr);
    std::fprintf(stderr,
                 "aside: SIGINT and SIGTERM will end the process at once: no thread to wait "
                 "for them (%s)\n",
                 e.what());
  }
}

void signal_watch::watch(runtime& rt) noexcept {
  ::pthread_setname_np(::pthread_self(), "aside-watch");
  std::array<pollfd, 2> both{{{call_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
  nfds_t watched = signals_ ? both.size() : 1;
  for (;;) {
    const int pause = rt.dog.enabled() ? static_cast<int>(rt.dog.look() / 1'000'000) : -1;
    if (::poll(both.data(), watched, pause) < 0) continue;  // EINTR
    if (both[0].revents != 0) {
      // First: a call that comes after this look at `over_` is still there to be polled.
      eventfd_t calls = 0;
      ::eventfd_read(call_.get(), &calls);
      if (over_.load(memory_order_acquire)) return;  // pairs with release in end
    }
    if (watched == 1 || both[1].revents == 0) continue;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) continue;
    rt.signal.store(static_cast<int>(info.ssi_signo), memory_order_relaxed);
    rt.request_stop();
    ::pthread_sigmask(SIG_UNBLOCK, &heard_, nullptr);
    watched = 1;
  }
}

void signal_watch::nudge() noexcept {
  while (::eventfd_write(call_.get(), 1) < 0 && errno == EINTR) {
  }
}

void signal_watch::end() noexcept {
  if (thread_.joinable()) {
    over_.store(true, memory_order_release);
    nudge();
    thread_.join();
  }
  call_.reset();
  signals_.reset();
}

}  // namespace aside::inline ASIDE_ABI::detail
