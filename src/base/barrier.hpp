#pragma once
// An asymmetric pair of barriers: the frequent side pays nothing, the rare side a system call.
//
// Both sides write a word and then look at the other's. At least one must see the other's write.
// Frequent side: `light_store`, then its look. Rare side: its write, `heavy_barrier()`, its look.
// With membarrier the light side is a plain store and a compiler fence. Without it (forbidden by
// seccomp, or under ThreadSanitizer, which does not know it) both sides are sequentially consistent.

#include "base/atomic.hpp"

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

/// Registers the process; false, and why not, when membarrier cannot be used.
[[nodiscard]] bool enable_membarrier(const char*& reason) noexcept;
/// Only after enable_membarrier has returned true.
void membarrier_all() noexcept;

class asymmetric {
 public:
  asymmetric() noexcept : cheap_(enable_membarrier(reason_)) {}

  void light_store(atomic<std::uintptr_t>& word, std::uintptr_t value) const noexcept {
    if (cheap_) {
      word.store(value, memory_order_release);  // pairs with acquire in the rare side's look
      compiler_fence();
    } else {
      word.store(value, memory_order_seq_cst);
    }
  }
  void heavy_barrier() const noexcept {
    if (cheap_) membarrier_all();
  }
  [[nodiscard]] const char* reason() const noexcept { return reason_; }

 private:
  const char* reason_ = "";
  bool cheap_;
};

}  // namespace aside::inline ASIDE_ABI::detail
