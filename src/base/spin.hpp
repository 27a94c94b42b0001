#pragma once
// Locks that are held for a few instructions: to sleep for one costs a hundred times more.

#include "base/atomic.hpp"

#include <mutex>

namespace aside::inline ASIDE_ABI::detail {

/// Spins for about a microsecond before it sleeps, for the case that the holder has lost its CPU.
[[nodiscard]] inline std::unique_lock<std::mutex> lock_spinning(std::mutex& m) noexcept {
  constexpr int spins = 100;
  for (int i = 0; i < spins; ++i) {
    if (m.try_lock()) return {m, std::adopt_lock};
    spin_pause();
  }
  return std::unique_lock(m);
}

}  // namespace aside::inline ASIDE_ABI::detail
