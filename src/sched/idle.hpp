#pragma once
// idle: which cores sleep, how many search, and whom to wake.
//
// Everyone who is idle may search. A producer wakes a sleeper only when nobody searches; a searcher
// that finds work and was the last one wakes the next. The race that matters, tag [IDLE]: a producer
// publishes work and looks for sleepers while a core says that it sleeps and looks for work. Both
// write and look in sequentially consistent order, so one of them sees the other.

#include "base/atomic.hpp"

#include <bit>
#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

class idle_set {
 public:
  static constexpr unsigned limit = 64;
  static constexpr unsigned nobody = ~0u;

  /// The caller has published work. The core to wake, already counted as searching, or nobody.
  [[nodiscard]] unsigned pick() noexcept {
    if (searching_.load(memory_order_seq_cst) != 0) return nobody;  // [IDLE]
    std::uint64_t sleepers = sleepers_.load(memory_order_seq_cst);  // [IDLE]
    while (sleepers != 0) {
      const auto index = static_cast<unsigned>(std::countr_zero(sleepers));
      if (sleepers_.compare_exchange_weak(sleepers, sleepers & ~bit(index), memory_order_seq_cst)) {
        searching_.fetch_add(1, memory_order_seq_cst);
        return index;
      }
    }
    return nobody;
  }

  /// The caller has published work. Whether `pick` would find somebody.
  [[nodiscard]] bool would_pick() const noexcept {
    return searching_.load(memory_order_seq_cst) == 0 && sleepers_.load(memory_order_seq_cst) != 0;  // [IDLE]
  }

  void begin_search() noexcept { searching_.fetch_add(1, memory_order_seq_cst); }
  /// True when nobody searches any more.
  [[nodiscard]] bool end_search() noexcept {
    return searching_.fetch_sub(1, memory_order_seq_cst) == 1;
  }

  /// Afterwards the core looks for work once more, then sleeps. [IDLE]
  void begin_sleep(unsigned index) noexcept {
    sleepers_.fetch_or(bit(index), memory_order_seq_cst);
  }
  /// False: a producer has picked this core, which therefore counts as searching.
  [[nodiscard]] bool end_sleep(unsigned index) noexcept {
    return (sleepers_.fetch_and(~bit(index), memory_order_seq_cst) & bit(index)) != 0;
  }
  [[nodiscard]] bool sleeps(unsigned index) const noexcept {
    return ((sleepers_.load(memory_order_seq_cst) | resting_.load(memory_order_seq_cst)) &
            bit(index)) != 0;  // [IDLE]
  }
  /// A core that sleeps and is not to be picked: only what is sent to it wakes it. [IDLE]
  void begin_rest(unsigned index) noexcept { resting_.fetch_or(bit(index), memory_order_seq_cst); }
  void end_rest(unsigned index) noexcept { resting_.fetch_and(~bit(index), memory_order_seq_cst); }
  [[nodiscard]] std::uint64_t sleepers() const noexcept {
    return sleepers_.load(memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t searching() const noexcept {
    return searching_.load(memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t bit(unsigned index) noexcept { return std::uint64_t{1} << index; }

  alignas(cache_line) atomic<std::uint64_t> sleepers_{0};
  atomic<std::uint32_t> searching_{0};
  atomic<std::uint64_t> resting_{0};
};

}  // namespace aside::inline ASIDE_ABI::detail
