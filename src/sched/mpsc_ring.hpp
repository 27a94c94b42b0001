#pragma once
// mpsc_ring: a bounded queue that any thread fills with one read-modify-write, and one thread at a time
// empties.
//
// Invariants
//   Q1  Tickets `head_`..`tail_` are claimed and not taken. A pusher claims one by its CAS of `tail_`,
//       then fills the slot, which nobody else writes until it is taken.
//   Q2  A slot whose ticket can be claimed is null: the taker empties it before `head_` passes it, and
//       nobody claims a ticket that is `Capacity` or more ahead of `head_`.
//   Q3  After `close` no ticket is claimed.
// The race that matters, tag [IDLE] (idle.hpp): a core that is about to sleep sees the claim, not the
// slot. So it may stay awake for something that it cannot take yet; the pusher fills the slot next.
// Source: the bounded queue of tickets that many libraries have. Here a slot is its own mark, because
// one taker at a time needs no number in it.

#include "base/atomic.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

enum class pushed : std::uint8_t { yes, full, closed };

template <class T, std::uint32_t Capacity>
class mpsc_ring {
  static_assert((Capacity & (Capacity - 1)) == 0);

 public:
  /// Any thread.
  [[nodiscard]] pushed push(T* item) noexcept {
    std::uint64_t tail = tail_.load(memory_order_relaxed);
    do {
      if ((tail & closed_bit) != 0) return pushed::closed;
      // Signed: head_ may have passed a tail_ that was read long ago.
      // acquire: pairs with release in take, so the slot is null (Q2).
      const auto ahead = static_cast<std::int64_t>(tail - head_.load(memory_order_acquire));
      if (ahead >= std::int64_t{Capacity}) return pushed::full;
    } while (!tail_.compare_exchange_weak(tail, tail + 1, memory_order_seq_cst,  // [IDLE]
                                          memory_order_relaxed));
    at(tail).store(item, memory_order_release);  // pairs with acquire in take
    return pushed::yes;
  }

  /// One thread at a time. Up to into.size() of the oldest; returns how many.
  [[nodiscard]] std::size_t take(std::span<T*> into) noexcept {
    const std::uint64_t head = head_.load(memory_order_relaxed);
    std::size_t n = 0;
    while (n < into.size()) {
      atomic<T*>& slot = at(head + n);
      T* const item = slot.load(memory_order_acquire);  // pairs with release in push
      if (item == nullptr) break;
      slot.store(nullptr, memory_order_relaxed);
      into[n++] = item;
    }
    if (n != 0) head_.store(head + n, memory_order_release);  // pairs with acquire in push
    return n;
  }

  /// Once. How many tickets were ever claimed.
  [[nodiscard]] std::uint64_t close() noexcept {
    return tail_.fetch_or(closed_bit, memory_order_seq_cst);
  }

  /// Those that are claimed and not filled yet included.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t head = head_.load(memory_order_seq_cst);
    return (tail_.load(memory_order_seq_cst) & ~closed_bit) - head;  // [IDLE]
  }
  /// Not in order with anything.
  [[nodiscard]] bool seems_empty() const noexcept {
    return (tail_.load(memory_order_relaxed) & ~closed_bit) == head_.load(memory_order_relaxed);
  }
  // For the census (census.hpp).
  [[nodiscard]] const void* place_of_head() const noexcept { return &head_; }
  [[nodiscard]] const void* place_of_tail() const noexcept { return &tail_; }
  static constexpr std::uint32_t capacity() noexcept { return Capacity; }

 private:
  static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;
  [[nodiscard]] atomic<T*>& at(std::uint64_t ticket) noexcept { return slots_[ticket % Capacity]; }

  alignas(cache_line) atomic<std::uint64_t> tail_{0};  // pushers
  alignas(cache_line) atomic<std::uint64_t> head_{0};  // the taker
  alignas(cache_line) std::array<atomic<T*>, Capacity> slots_{};
};

}  // namespace aside::inline ASIDE_ABI::detail
