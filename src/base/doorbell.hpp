#pragma once
// doorbell: one thread waits for a limited time until somebody rings.
//
// Not a descriptor, so that a thread whose table of descriptors has parted can ring too, and rung by
// a store and a system call, so that a signal handler can.

#include "base/atomic.hpp"

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

class doorbell {
 public:
  static constexpr std::uint64_t forever = ~std::uint64_t{0};

  /// Any thread, any signal handler. The bell may be gone before this returns.
  void ring() noexcept;
  /// How often it has rung. acquire: pairs with release in ring.
  [[nodiscard]] std::uint32_t rung() const noexcept { return rung_.load(memory_order_acquire); }
  /// Until it has rung more often than `seen`, at most so long; a signal ends it too.
  void wait(std::uint32_t seen, std::uint64_t ns) noexcept;

 private:
  atomic<std::uint32_t> rung_{0};
};

}  // namespace aside::inline ASIDE_ABI::detail
