#pragma once
// Fences and hints beside the atomics of <aside/detail/atomic.hpp>.

#include <aside/detail/atomic.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// Keeps the compiler from moving memory accesses across; the CPU may still.
inline void compiler_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Orders what was written before against what is read after, in the one order of seq_cst.
/// ThreadSanitizer and the model do not know fences; an exchange on a word of one's own does the same.
inline void fence_seq_cst() noexcept {
#if defined(ASIDE_TSAN) || defined(ASIDE_MODEL_ATOMICS)
  static atomic<int> word{0};
  word.fetch_add(1, memory_order_seq_cst);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

inline void spin_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline constexpr std::size_t cache_line = 64;

}  // namespace aside::inline ASIDE_ABI::detail
