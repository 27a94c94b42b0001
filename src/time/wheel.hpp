#pragma once
// timer_wheel: the timers of one core.
//
// Eight levels of 64 slots; a slot of level n spans 64^n ticks of 2^20 ns, so they hold every time that
// 64 bits of nanoseconds can name. A timer lies in the level of the highest digit in which its tick
// differs from now's, and moves down when that digit is reached.
//
// Invariants
//   W1  Links, `when` and slots belong to the owner (the core that drives the wheel).
//   W2  `target_` decides who ends a timer: whoever exchanges it to 0 (or `firing`) does. The owner's
//       own thread, which fires, may cancel without an exchange.
//   W3  A node is never returned to the system while the wheel lives, so a late cancel is harmless.
// The race that matters: the owner fires while another core cancels. Both exchange `target_`; a
// cancelled node stays linked and is collected when its time comes or when many are dead.

#include "base/slab.hpp"

#include <aside/detail/header.hpp>

#include <array>
#include <utility>

namespace aside::inline ASIDE_ABI::detail {

class timer_wheel;

/// What a timer does: wakes a leaf, or (tagged) sets off a deadline.
struct deadline {
  task_header* task;
  stop_state* limit;
};

struct timer_node {
  static constexpr std::uintptr_t is_deadline = 1;
  static constexpr std::uintptr_t firing = 2;

  timer_node* next = nullptr;  // in the slot, in the free list, in the stack of returned nodes
  timer_node* prev = nullptr;
  std::uint64_t when = 0;  // tick
  atomic<std::uintptr_t> target_{0};

  [[nodiscard]] timer_node* slab_next() const noexcept { return next; }
  void set_slab_next(timer_node* n) noexcept { next = n; }
};

class timer_wheel {
 public:
  static constexpr unsigned tick_bits = 20;  // 1.05 ms
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  explicit timer_wheel(std::uint64_t now_ns) noexcept : nodes_(*this), now_(now_ns >> tick_bits) {}

  /// The first tick at or after a time.
  [[nodiscard]] static std::uint64_t tick_of(std::uint64_t ns) noexcept {
    return (ns >> tick_bits) + ((ns & ((1u << tick_bits) - 1)) != 0 ? 1 : 0);
  }

  /// Owner only. Would `add` have it wait for the next tick although its own is over?
  [[nodiscard]] bool has_passed(std::uint64_t at_ns) const noexcept {
    return tick_of(at_ns) <= now_;
  }
  /// Owner only. Null when there is no memory.
  [[nodiscard]] timer_node* add(std::uint64_t at_ns, std::uintptr_t target) noexcept;
  /// Owner only: unlinks and frees a node that has not fired.
  void remove(timer_node& n) noexcept;
  /// Owner only: frees a node that has fired.
  void free(timer_node& n) noexcept { nodes_.free(n); }
  /// Any thread: a node that has fired goes back; one that was cancelled is left to the owner.
  void give_back(timer_node& n) noexcept;
  void count_dead() noexcept { dead_.fetch_add(1, memory_order_relaxed); }

  [[nodiscard]] static timer_wheel& of(const timer_node& n) noexcept {
    return slab<timer_node, timer_wheel>::owner_of(n);
  }

  /// Owner only: is there a timer, or has one come since this was asked last? A sleep that loses its race
  /// in the turn that began it is never there between turns, when the core looks at the clock.
  [[nodiscard]] bool needs_time() noexcept {
    return std::exchange(has_added_, false) || linked_ != 0;
  }
  /// Owner only: fires what is due.
  void advance(std::uint64_t now_ns) noexcept;
  /// Owner only: nanoseconds of the clock at which advance has something to do, or `never`.
  [[nodiscard]] std::uint64_t next_ns() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return linked_; }

 private:
  static constexpr unsigned levels = 8;
  static constexpr unsigned slots = 64;
  struct level {
    std::uint64_t occupied = 0;
    std::array<timer_node*, slots> slot{};
  };

  void link(timer_node& n) noexcept;
  void unlink(timer_node& n) noexcept;
  [[nodiscard]] bool next_slot(unsigned& level, std::uint64_t& tick) const noexcept;
  void run_slot(unsigned level, std::uint64_t tick) noexcept;
  void fire(timer_node& n) noexcept;
  void sweep() noexcept;
  void take_returned() noexcept;
  [[nodiscard]] unsigned level_of(std::uint64_t when) const noexcept;

  // Owner
  slab<timer_node, timer_wheel> nodes_;
  std::uint64_t now_;
  std::size_t linked_ = 0;
  bool has_added_ = false;
  std::array<level, levels> levels_{};
  timer_node* due_ = nullptr;  // of the slot that is being run
  // Any thread
  atomic<timer_node*> returned_{nullptr};
  atomic<std::size_t> dead_{0};
};

}  // namespace aside::inline ASIDE_ABI::detail
