#pragma once
// seats: the connections that a serve holds, and the accept loops that wait for one of them to end.
//
// Invariants
//   S1  `word_` is twice the number of seats that are taken, and 1 more while a loop may wait. Of a loop
//       that sets the 1 and a connection that leaves, the later sees the earlier: either the loop finds the
//       seat free, or the connection finds the 1.
//   S2  Who finds the 1 takes it away, and then rings for every loop: each has a backlog of its own, and
//       only one of them may have a connection in it. One that finds no seat sets the 1 again.
//   S3  A connection leaves its seat while its task still counts in the nursery: what outlives that outlives
//       every call here.

#include "base/atomic.hpp"
#include "scope/end_hearer.hpp"

#include <aside/event.hpp>

#include <cstddef>
#include <memory>

namespace aside::inline ASIDE_ABI::detail {

class seat_wait : public event_wait {
 public:
  explicit seat_wait(event& bell) noexcept : event_wait(bell) { ops_ = &own_ops; }

 private:
  static armed arm(leaf& l, host&, bool stop) noexcept {
    return static_cast<seat_wait&>(l).event_wait::arm(stop);
  }
  static bool cancel(leaf& l) noexcept { return static_cast<seat_wait&>(l).event_wait::cancel(); }
  static constexpr leaf_ops own_ops{&arm, &cancel, "wait for one of its connections to end"};
};

class seats : public end_hearer {
 public:
  /// Throws std::bad_alloc.
  seats(std::size_t most, unsigned loops)
      : end_hearer{[](end_hearer& me) noexcept { static_cast<seats&>(me).leave(); }},
        most_(most),
        loops_(loops),
        bells_(std::make_unique<event[]>(loops)) {}
  seats(const seats&) = delete;
  seats& operator=(const seats&) = delete;

  void take() noexcept { word_.fetch_add(one, memory_order_relaxed); }
  /// Any thread.
  void leave() noexcept {
    if ((word_.fetch_sub(one, memory_order_relaxed) & somebody_waits) != 0) ring();
  }

  /// May be more than there are: a drain gives connections seats beyond them, and loops may take the last
  /// one at the same moment.
  [[nodiscard]] std::size_t taken() const noexcept {
    return word_.load(memory_order_relaxed) / one;
  }
  /// So many are free. When none is, the next `wait` of each loop that is told so ends when one may be.
  [[nodiscard]] std::size_t free() noexcept {
    std::size_t now = taken();
    if (now >= most_) now = word_.fetch_or(somebody_waits, memory_order_relaxed) / one;
    return now < most_ ? most_ - now : 0;
  }
  /// Of one task at a time for each loop. May end without cause.
  [[nodiscard]] seat_wait wait(unsigned loop) noexcept { return seat_wait(bells_[loop]); }

 private:
  static constexpr std::size_t somebody_waits = 1;
  static constexpr std::size_t one = 2;

  void ring() noexcept {
    word_.fetch_and(~somebody_waits, memory_order_relaxed);  // before the bells: set's release
    for (unsigned i = 0; i < loops_; ++i)
      bells_[i].set();
  }

  const std::size_t most_;
  const unsigned loops_;
  const std::unique_ptr<event[]> bells_;
  atomic<std::size_t> word_{0};
};

}  // namespace aside::inline ASIDE_ABI::detail
