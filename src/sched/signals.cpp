#include "sched/signals.hpp"

#include "sched/runtime.hpp"

#include <pthread.h>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <utility>

namespace aside::inline ASIDE_ABI::detail {

void signal_watch::begin(runtime& rt, bool signals) {
  if (!signals && !rt.dog.enabled()) return;
  hear = [](signal_ear& e, int signal) noexcept {
    auto& me = static_cast<signal_watch&>(e);
    me.heard_.store(signal, memory_order_relaxed);  // published by the bell
    me.bell_.ring();
  };
  if (signals) listen_for_signals(*this);
  listens_ = signals;
  try {
    thread_ = std::thread([this, &rt, signals] { watch(rt, signals); });
  } catch (const std::system_error& e) {
    if (!signals) return;  // nobody watches; everything else works
    // A program of one core can do without; then the signals do what they do by default.
    listens_ = false;
    stop_listening(*this);
    std::fprintf(stderr,
                 "aside: SIGINT and SIGTERM will end the process at once: no thread to wait "
                 "for them (%s)\n",
                 e.what());
  }
}

void signal_watch::watch(runtime& rt, bool signals) noexcept {
  ::pthread_setname_np(::pthread_self(), "aside-watch");
  if (signals) let_signals_in();
  // Reports on a stderr that nobody reads are lost, and end nothing.
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  for (;;) {
    const std::uint32_t calls = bell_.rung();
    if (over_.load(memory_order_relaxed)) return;  // published by the bell
    if (const int signal = heard_.exchange(0, memory_order_relaxed); signal != 0) {
      rt.signal.store(signal, memory_order_relaxed);
      rt.request_stop();
    }
    bell_.wait(calls, rt.dog.enabled() ? rt.dog.look() : doorbell::forever);
  }
}

void signal_watch::end() noexcept {
  if (std::exchange(listens_, false)) stop_listening(*this);
  if (!thread_.joinable()) return;
  over_.store(true, memory_order_relaxed);
  bell_.ring();
  thread_.join();
}

}  // namespace aside::inline ASIDE_ABI::detail
