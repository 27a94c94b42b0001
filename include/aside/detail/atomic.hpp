#pragma once
// The one place where the library names its atomics, so that a model checker can put its own in.

#include <aside/config.hpp>

#ifdef ASIDE_MODEL_ATOMICS
#include ASIDE_MODEL_ATOMICS
#else
#include <atomic>

namespace aside::inline ASIDE_ABI::detail {
template <class T>
using atomic = std::atomic<T>;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;
}  // namespace aside::inline ASIDE_ABI::detail
#endif
