#pragma once
// What the watchdog has reported, for tests of who holds a core.

#include <aside/options.hpp>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace aside_test {

class held_turns {
 public:
  /// For options::on_held.
  static void keep(const aside::held_turn& h) {
    const std::scoped_lock lock(mutex_);
    seen_.push_back(h);
    changed_.notify_all();
  }
  static void clear() {
    const std::scoped_lock lock(mutex_);
    seen_.clear();
  }
  [[nodiscard]] static std::size_t count() { return all().size(); }
  [[nodiscard]] static std::vector<aside::held_turn> all() {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  /// Blocks the calling thread until there are so many.
  static void await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [count] { return seen_.size() >= count; });
  }

 private:
  static inline std::mutex mutex_;
  static inline std::condition_variable changed_;
  static inline std::vector<aside::held_turn> seen_;
};

}  // namespace aside_test
