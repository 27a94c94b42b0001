#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "swarm/load/state.hpp"

namespace aside_app::load {

/// Opens the gate of each connection when its next message is due. It is a thread of its own, because
/// a task's times are kept to about a millisecond, and a thread's to some 60 us.
class pacer {
 public:
  explicit pacer(state& load);
  ~pacer();  ///< ends at once, whatever is still due
  pacer(const pacer&) = delete;
  pacer& operator=(const pacer&) = delete;

  /// Processor time that the thread has used.
  double processor_seconds() const noexcept { return processor_seconds_.load(); }

 private:
  void run();
  bool sleep_until(clock::time_point when);

  state& load_;
  std::atomic<bool> over_{false};
  std::atomic<double> processor_seconds_{0};
  std::thread thread_;
};

}  // namespace aside_app::load
