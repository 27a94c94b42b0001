#pragma once
// The thread that watches over a runtime: SIGINT and SIGTERM as a request to stop, and held cores.

#include "base/atomic.hpp"
#include "base/unique_fd.hpp"

#include <aside/config.hpp>

#include <csignal>
#include <thread>

namespace aside::inline ASIDE_ABI::detail {

class runtime;

/// A thread that waits for the two signals, so that they are heard even while every core is busy.
/// The first asks the runtime to stop; after it the default comes back, so that a second one ends
/// the process whatever its tasks do. There is no handler. A signal that is ignored when it begins
/// stays so: whoever started the program, a shell's background or nohup, has said so.
class signal_watch {
 public:
  signal_watch() = default;
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch() { end(); }

  /// With `signals` they are blocked on the calling thread, and so on those that it starts, from here
  /// on. Throws std::system_error.
  void begin(runtime& rt, bool signals);
  /// The watchdog looks at once. Any thread.
  void nudge() noexcept;
  /// Afterwards the runtime is not touched any more.
  void end() noexcept;
  /// The descriptor that `nudge` uses.
  [[nodiscard]] int call_descriptor() const noexcept { return call_.get(); }

 private:
  void watch(runtime& rt) noexcept;

  sigset_t heard_{};
  unique_fd signals_;
  unique_fd call_;  // for nudge and end
  atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace aside::inline ASIDE_ABI::detail
