#pragma once
// run_ring: the ready tasks of a core, first in first out; others may steal half.
//
// Invariants
//   R1  Entries `head_`..`tail_` are queued. The owner alone moves `tail_`; whoever advances `head_`
//       by CAS owns what it stepped over.
//   R2  A slot is overwritten only when `head_` has passed it, so what a thief copied is valid iff
//       its CAS succeeds.
// Source: the FIFO ring that work-stealing runtimes share; here one index for both ends of a steal,
// because a thief copies first and validates with its one CAS.

#include "base/assert.hpp"
#include "base/atomic.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

template <class T, std::uint32_t Capacity>
class run_ring {
  static_assert((Capacity & (Capacity - 1)) == 0);

 public:
  /// Owner. False when full.
  bool push(T* item) noexcept {
    const std::uint32_t tail = tail_.load(memory_order_relaxed);
    // acquire: pairs with the release of whoever advanced head_; its reads of the slot are over.
    if (tail - head_.load(memory_order_acquire) >= Capacity) return false;
    at(tail).store(item, memory_order_relaxed);
    tail_.store(tail + 1, memory_order_release);  // pairs with acquire in steal; publishes the slot
    return true;
  }

  /// Owner, who knows that there is room.
  void push_many(std::span<T* const> items) noexcept {
    const std::uint32_t tail = tail_.load(memory_order_relaxed);
    // acquire: as in push.
    ASIDE_ASSERT(tail - head_.load(memory_order_acquire) + items.size() <= Capacity);
    std::uint32_t to = tail;
    for (T* const item : items)
      at(to++).store(item, memory_order_relaxed);
    tail_.store(to, memory_order_release);  // as in push
  }

  /// Owner. Null when empty.
  [[nodiscard]] T* pop() noexcept {
    std::uint32_t head = head_.load(memory_order_relaxed);
    const std::uint32_t tail = tail_.load(memory_order_relaxed);
    while (head != tail) {
      T* const item = at(head).load(memory_order_relaxed);
      // release: the slot has been read before push may reuse it.
      if (head_.compare_exchange_weak(head, head + 1, memory_order_acq_rel, memory_order_relaxed))
        return item;
    }
    return nullptr;
  }

  /// Owner, where nobody steals. Null when empty.
  [[nodiscard]] T* pop_alone() noexcept {
    const std::uint32_t head = head_.load(memory_order_relaxed);
    if (head == tail_.load(memory_order_relaxed)) return nullptr;
    head_.store(head + 1, memory_order_relaxed);
    return at(head).load(memory_order_relaxed);
  }

  /// Owner. Takes up to `into.size()` of the oldest at once; how many.
  [[nodiscard]] std::size_t pop_many(std::span<T*> into) noexcept {
    std::uint32_t head = head_.load(memory_order_relaxed);
    const std::uint32_t tail = tail_.load(memory_order_relaxed);
    for (;;) {
      const std::uint32_t n = std::min(tail - head, static_cast<std::uint32_t>(into.size()));
      for (std::uint32_t i = 0; i < n; ++i)
        into[i] = at(head + i).load(memory_order_relaxed);
      // release: as in pop. With n = 0 nothing is claimed.
      if (n == 0 || head_.compare_exchange_weak(head, head + n, memory_order_acq_rel,
                                                memory_order_relaxed))
        return n;
    }
  }

  /// Owner: calls fn for at most so many of the oldest, which may be gone by then.
  template <class F>
  void for_oldest(std::uint32_t most, F fn) noexcept {
    const std::uint32_t head = head_.load(memory_order_relaxed);
    const std::uint32_t n = std::min(tail_.load(memory_order_relaxed) - head, most);
    for (std::uint32_t i = 0; i < n; ++i)
      fn(at(head + i).load(memory_order_relaxed));
  }

  /// Another core's owner takes half into its own empty ring. Returns one of them to run, or null.
  [[nodiscard]] T* steal_into(run_ring& mine) noexcept {
    std::uint32_t head = head_.load(memory_order_acquire);
    for (;;) {
      const std::uint32_t tail = tail_.load(memory_order_acquire);  // pairs with release in push
      const std::uint32_t count = tail - head;
      if (count == 0 || count > Capacity) return nullptr;  // empty, or head was stale
      const std::uint32_t take = count - count / 2;
      const std::uint32_t to = mine.tail_.load(memory_order_relaxed);
      for (std::uint32_t i = 0; i < take; ++i)
        mine.at(to + i).store(at(head + i).load(memory_order_relaxed), memory_order_relaxed);
      if (head_.compare_exchange_strong(head, head + take, memory_order_acq_rel,
                                        memory_order_acquire)) {
        // The last one is run at once, so it never shows in our ring.
        T* const run = mine.at(to + take - 1).load(memory_order_relaxed);
        mine.tail_.store(to + take - 1, memory_order_release);
        return run;
      }
    }
  }

  [[nodiscard]] bool empty() const noexcept {
    return head_.load(memory_order_seq_cst) == tail_.load(memory_order_seq_cst);  // [IDLE]
  }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return tail_.load(memory_order_relaxed) - head_.load(memory_order_relaxed);
  }
  // For the census (census.hpp).
  [[nodiscard]] const void* place_of_head() const noexcept { return &head_; }
  [[nodiscard]] const void* place_of_tail() const noexcept { return &tail_; }
  static constexpr std::uint32_t capacity() noexcept { return Capacity; }

 private:
  [[nodiscard]] atomic<T*>& at(std::uint32_t index) noexcept { return slots_[index % Capacity]; }

  alignas(cache_line) atomic<std::uint32_t> head_{0};  // owner and thieves
  alignas(cache_line) atomic<std::uint32_t> tail_{0};  // owner
  std::array<atomic<T*>, Capacity> slots_{};
};

}  // namespace aside::inline ASIDE_ABI::detail
