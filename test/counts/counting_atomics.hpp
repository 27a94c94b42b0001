#pragma once
// The library's atomics (ASIDE_MODEL_ATOMICS), counting the read-modify-writes of each thread.

#include <atomic>

namespace aside_test {
inline thread_local unsigned long long read_modify_writes = 0;
}

namespace aside::inline ASIDE_ABI::detail {

using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

template <class T>
struct atomic : std::atomic<T> {
  using base = std::atomic<T>;
  using base::base;
  using base::operator=;

  T exchange(T desired, std::memory_order order = memory_order_seq_cst) noexcept {
    return count(), base::exchange(desired, order);
  }
  template <class... Orders>
  bool compare_exchange_weak(T& expected, T desired, Orders... orders) noexcept {
    return count(), base::compare_exchange_weak(expected, desired, orders...);
  }
  template <class... Orders>
  bool compare_exchange_strong(T& expected, T desired, Orders... orders) noexcept {
    return count(), base::compare_exchange_strong(expected, desired, orders...);
  }
  T fetch_add(T by, std::memory_order order = memory_order_seq_cst) noexcept {
    return count(), base::fetch_add(by, order);
  }
  T fetch_sub(T by, std::memory_order order = memory_order_seq_cst) noexcept {
    return count(), base::fetch_sub(by, order);
  }
  T fetch_or(T by, std::memory_order order = memory_order_seq_cst) noexcept {
    return count(), base::fetch_or(by, order);
  }
  T fetch_and(T by, std::memory_order order = memory_order_seq_cst) noexcept {
    return count(), base::fetch_and(by, order);
  }

 private:
  static void count() noexcept { ++aside_test::read_modify_writes; }
};

}  // namespace aside::inline ASIDE_ABI::detail
