#pragma once
// How many failures are printed: so many at once, and then one more from time to time.

#include "base/atomic.hpp"

#include <algorithm>
#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

/// Recovers by itself. From any thread.
class failure_allowance {
 public:
  constexpr failure_allowance(std::uint64_t at_once, std::uint64_t every_ns) noexcept
      : every_ns_(every_ns), most_ahead_ns_((at_once - 1) * every_ns) {}

  /// Whether one that comes now is to be shown; it is counted when it is not.
  [[nodiscard]] bool take(std::uint64_t now) noexcept {
    std::uint64_t full = full_at_ns_.load(memory_order_relaxed);
    for (;;) {
      const std::uint64_t from = std::max(full, now);
      if (from - now > most_ahead_ns_) {
        hidden_.fetch_add(1, memory_order_relaxed);
        return false;
      }
      if (full_at_ns_.compare_exchange_weak(full, from + every_ns_, memory_order_relaxed))
        return true;
    }
  }
  /// How many were not shown and have not been told of yet.
  [[nodiscard]] std::uint64_t take_hidden() noexcept {
    if (hidden_.load(memory_order_relaxed) == 0) return 0;
    return hidden_.exchange(0, memory_order_relaxed);
  }

 private:
  std::uint64_t every_ns_;
  std::uint64_t most_ahead_ns_;
  atomic<std::uint64_t> full_at_ns_{0};  // when nothing of it will be used any more
  atomic<std::uint64_t> hidden_{0};
};

}  // namespace aside::inline ASIDE_ABI::detail
