// Ending a task's wait because a stop was asked for, under the task's claim (docs/design/0001).

#include "sched/stopper.hpp"

#include "sched/claim.hpp"
#include "sched/runtime.hpp"
#include "task/branches.hpp"

#include <aside/detail/block.hpp>

#include <array>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// Ends the waits in `at`, which is the claimed task or a branch of it, and gives the claim up.
void finish(runtime& rt, task_header& t, task_header& at) noexcept {
  // In a turn it looks at the stop itself before it waits, and at `missed` for what it keeps.
  if (claims::in_a_turn(rt, t) != nullptr) {
    claims::give_up_missed(t);
    return;
  }
  bool taken = false;
  // acquire: pairs with release in core::end.
  if (!t.ended_.load(memory_order_acquire) && at.leaf_ != nullptr) {
    stop_scopes_of(at);
    if (branch_group* const g = group_of(*at.leaf_); g != nullptr) {
      stop_below(*g);
    } else if (&at != &t) {
      stop_branch_here(static_cast<branch&>(at));
    } else {
      look(*t.leaf_);
      if (t.stop_ != nullptr && t.stop_->requested() && t.leaf_->ops_->cancel(*t.leaf_)) {
        t.mood_ = task_mood::stop_taken;
        taken = true;  // the task's wake-up is ours
      }
    }
  }
  claims::give_up(t);
  if (taken) t.what().schedule(t);
}

void stop_one(runtime& rt, task_header& t, task_header& at) noexcept {
  claims::take(t);
  rt.barrier.heavy_barrier();
  finish(rt, t, at);
}

/// By the end of a chain of stops: a task from outside has a home only when a core has taken it.
runtime& runtime_of(const stop_state& s) noexcept {
  const stop_state* outermost = &s;
  while (const stop_state* const next = outwards(*outermost))
    outermost = next;
  return *static_cast<const root_stop_state*>(outermost)->rt;
}

}  // namespace

void stop_joinable(handover& h, joinable_header& t) noexcept {
  if (!h.hold()) return;
  // Until let_go the task does not end, so neither do what it is spawned into and the runtime.
  if (t.own_.request()) stop_one(runtime_of(t.own_), t, t);
  h.let_go();
}

void stop_task(task_header& t) noexcept { stop_one(t.home_->home->rt, t, t); }

void stop_branch(task_header& b) noexcept { stop_one(b.home_->home->rt, outermost(b), b); }

void stop_children(nursery_part& p) noexcept {
  runtime& rt = p.home->rt;
  std::array<task_header*, 64> batch;
  task_header* next = p.first();
  while (next != nullptr) {
    std::size_t n = 0;
    for (; next != nullptr && n < batch.size(); next = p.after(*next)) {
      if (next->ended_.load(memory_order_acquire)) continue;  // release in core::end
      if (claims::try_take(*next))
        batch[n++] = next;
      else if (n == 0)
        stop_one(rt, *next, *next);  // waiting for a claim while holding others could deadlock
      else
        break;
    }
    rt.barrier.heavy_barrier();
    for (std::size_t i = 0; i < n; ++i)
      finish(rt, *batch[i], *batch[i]);
  }
}

void send_stop(nursery_part& p) noexcept {
  if (p.stop_sent.exchange(true, memory_order_relaxed)) return;  // the inbox publishes the request
  p.stop.run = [](message& m, void* home) noexcept {
    auto& part = *reinterpret_cast<nursery_part*>(reinterpret_cast<std::byte*>(&m) -
                                                  offsetof(nursery_part, stop));
    static_cast<void>(home);
    stop_children(part);
  };
  p.home->post(p.stop);
}

}  // namespace aside::inline ASIDE_ABI::detail
