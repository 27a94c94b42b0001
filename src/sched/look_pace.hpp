#pragma once
// look_pace: how long the watchdog waits between two looks while cores run now and then.
//
// Every 10 ms, and down to every 40 ms where each look finds all cores asleep: at 1,000 messages a second
// looking every 10 ms took a seventh of the server's processor time. A core that was awake for long with
// few turns says so before it sleeps, and the next minute is looked at closely. So what holds a mostly idle
// core for less than 50 ms may go unnoticed if it is rare, or hidden among many short turns.

#include "base/atomic.hpp"

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

class look_pace {
 public:
  static constexpr std::uint64_t close = 10'000'000;  // ns
  static constexpr std::uint64_t slowest = 40'000'000;
  static constexpr unsigned closely = 6000;  // looks, a minute of them

  /// A core goes to sleep that was awake for so long, in so many turns. Any thread.
  void was_awake(std::uint64_t ns, std::uint64_t turns) noexcept {
    if (ns > close && turns < ns / long_for_a_turn) suspects_.store(true, memory_order_relaxed);
  }
  /// The watchdog's: nanoseconds to its next look.
  [[nodiscard]] std::uint64_t next(bool all_sleep) noexcept {
    unsigned left = left_.load(memory_order_relaxed);
    if (suspects_.exchange(false, memory_order_relaxed)) left = closely;
    left_.store(left != 0 ? left - 1 : 0, memory_order_relaxed);
    if (left != 0 || !all_sleep)
      now_ = close;
    else if (now_ < slowest)
      now_ *= 2;
    return now_;
  }
  [[nodiscard]] bool suspicious() const noexcept {
    return suspects_.load(memory_order_relaxed) || left_.load(memory_order_relaxed) != 0;
  }
  void begin_anew() noexcept { now_ = close; }

 private:
  static constexpr std::uint64_t long_for_a_turn = 100'000;

  atomic<bool> suspects_{false};
  atomic<unsigned> left_{0};  // looks of the minute; the watchdog's
  std::uint64_t now_ = close;
};

}  // namespace aside::inline ASIDE_ABI::detail
