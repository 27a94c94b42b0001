#pragma once
// prefetch: asks for the lines of a header that another core may have written last, or that are cold.

#include "base/atomic.hpp"

#include <aside/detail/header.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// Null is fine.
inline void prefetch(const task_header* t) noexcept {
  __builtin_prefetch(t);
  __builtin_prefetch(
      reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(t) + cache_line));
}

/// Those that an ended task carries home, and the next that does (H5).
inline void prefetch_carried(const task_header& ended) noexcept {
  prefetch(ended.rider1_);
  prefetch(ended.rider2_);
  prefetch(ended.rider3_);
  prefetch(ended.queued_);
}

}  // namespace aside::inline ASIDE_ABI::detail
