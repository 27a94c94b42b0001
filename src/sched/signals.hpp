#pragma once
// The thread that watches over a runtime: SIGINT and SIGTERM as a request to stop, and held cores.

#include "base/doorbell.hpp"
#include "sched/signal_handlers.hpp"

#include <aside/config.hpp>

#include <thread>

namespace aside::inline ASIDE_ABI::detail {

class runtime;

/// A thread of its own, so that the two signals are heeded even while every core is busy. The first
/// asks the runtime to stop; a second one does what it did before, so that by default it ends the process,
/// whatever the tasks do.
class signal_watch : private signal_ear {
 public:
  signal_watch() = default;
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch() { end(); }

  void begin(runtime& rt, bool signals);
  /// The watchdog looks at once. Any thread.
  void nudge() noexcept { bell_.ring(); }
  /// Afterwards the runtime is not touched any more.
  void end() noexcept;

 private:
  void watch(runtime& rt, bool signals) noexcept;

  bool listens_ = false;
  atomic<int> heard_{0};
  atomic<bool> over_{false};
  doorbell bell_;
  std::thread thread_;
};

}  // namespace aside::inline ASIDE_ABI::detail
