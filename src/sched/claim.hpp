#pragma once
// claim: the right to look into a task that is in no turn (docs/design/0001).
//
// The claimer sets `claimed`, passes the heavy barrier, then looks at every core's `current`; a core
// writes `current`, then looks at the claim. At least one sees the other (base/barrier.hpp), so a task
// that is on no core after that stays off them until the claim is given up.
//
// A stopper that finds the task in a turn leaves `missed` behind. Before the task waits it looks at the
// stop itself, and for `missed` under the `arming` tag: what it keeps, branches that wait already and
// the children of its open scopes, has to be asked, where a shield hides the stop from the task, too.

#include "base/atomic.hpp"
#include "sched/part.hpp"

#include <sched.h>

namespace aside::inline ASIDE_ABI::detail::claims {

inline constexpr std::uint8_t claimed = 1;
inline constexpr std::uint8_t missed = 2;
inline constexpr std::uintptr_t arming = 1;  // tag of a core's `current`

[[nodiscard]] inline bool try_take(task_header& t) noexcept {
  return (t.claim_.fetch_or(claimed, memory_order_seq_cst) & claimed) == 0;
}
inline void take(task_header& t) noexcept {
  while (!try_take(t)) {
    while ((t.claim_.load(memory_order_relaxed) & claimed) != 0)
      spin_pause();
  }
}
/// The holder alone writes the word while it is claimed. release: pairs with acquire in wait.
inline void give_up(task_header& t) noexcept {
  t.claim_.store(t.claim_.load(memory_order_relaxed) & missed, memory_order_release);
}
inline void give_up_missed(task_header& t) noexcept {
  t.claim_.store(missed, memory_order_release);  // as above
}

/// In a turn: until nobody holds the claim, for microseconds.
inline void wait(const task_header& t) noexcept {
  for (unsigned spins = 0; (t.claim_.load(memory_order_acquire) & claimed) != 0; ++spins) {
    if (spins < 1000)
      spin_pause();
    else
      ::sched_yield();
  }
}
/// In a turn: has a stopper met the task in one? Forgets it.
[[nodiscard]] inline bool take_missed(task_header& t) noexcept {
  for (;;) {
    wait(t);
    std::uint8_t left = missed;
    // acquire: pairs with give_up_missed; release: with the next claimer's try_take.
    if (t.claim_.compare_exchange_strong(left, 0, memory_order_acq_rel)) return true;
    if (left == 0) return false;
  }
}

/// Under the claim and after the barrier: the core that runs the task, or null. A template for the model
/// (test/model/claim_test.cpp), whose runtime is smaller.
template <class Runtime>
[[nodiscard]] const core* in_a_turn(const Runtime& rt, const task_header& t) noexcept {
  const auto me = reinterpret_cast<std::uintptr_t>(&t);
  for (const auto& c : rt.cores) {
    std::uintptr_t on = c->current.load(memory_order_seq_cst);
    while (on == (me | arming)) {  // between its look at the stop and its publishing: a few calls
      spin_pause();
      on = c->current.load(memory_order_seq_cst);
    }
    if (on == me) return c.get();
  }
  return rt.spare.is_stray(me) ? t.home_->home : nullptr;
}

}  // namespace aside::inline ASIDE_ABI::detail::claims
