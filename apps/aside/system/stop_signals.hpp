#pragma once

#include <csignal>

namespace aside_app {

/// While it lives, the first Ctrl-C or SIGTERM makes `descriptor` readable instead of ending the
/// process, once `take` has been called the next one ends it at once.
class stop_signals {
 public:
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  /// The signal that has come; 0 when none has.
  int take() noexcept;

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

}  // namespace aside_app
