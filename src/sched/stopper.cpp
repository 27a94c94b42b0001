// Ending a task's wait because a stop was asked for: the claim (docs/design/0001).
//
// The claimer writes `claim_`, then looks at every core's `current`; a core writes `current`, then
// looks at `claim_`. At least one sees the other (base/barrier.hpp), so a task that is on no core
// after that stays off them until the claim is given up, and its leaf and frames hold still.

#include "sched/stopper.hpp"

#include <aside/detail/block.hpp>

#include <array>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::uintptr_t arming = 1;

bool try_claim(task_header& t) noexcept { return t.claim_.exchange(1, memory_order_seq_cst) == 0; }
void give_up(task_header& t) noexcept {
  t.claim_.store(0, memory_order_release);  // pairs with acquire in the turn
}

/// Under the claim and after the barrier. True: the task's wake-up is ours.
bool take_leaf(runtime& rt, task_header& t) noexcept {
  const auto me = reinterpret_cast<std::uintptr_t>(&t);
  for (const auto& c : rt.cores) {
    std::uintptr_t on = c->current.load(memory_order_seq_cst);
    while (on == (me | arming)) {  // between its look at the stop and its publishing: a few calls
      spin_pause();
      on = c->current.load(memory_order_seq_cst);
    }
    if (on == me) return false;  // it looks at the stop itself before it waits
  }
  if (t.ended_.load(memory_order_acquire) || t.leaf_ == nullptr) return false;
  if (t.stop_ == nullptr || !t.stop_->requested()) return false;
  if (!t.leaf_->ops_->cancel(*t.leaf_)) return false;
  t.mood_ = task_mood::stop_taken;
  return true;
}

void finish(runtime& rt, task_header& t) noexcept {
  const bool taken = take_leaf(rt, t);
  give_up(t);
  if (taken) t.what_->schedule(t);
}

void stop_one(runtime& rt, task_header& t) noexcept {
  while (!try_claim(t))
    spin_pause();
  rt.barrier.heavy_barrier();
  finish(rt, t);
}

}  // namespace

void stop_task(task_header& t) noexcept { stop_one(t.home_->home->rt, t); }

void stop_children(nursery_part& p) noexcept {
  runtime& rt = p.home->rt;
  std::array<task_header*, 64> batch;
  task_header* next = p.children;
  while (next != nullptr) {
    std::size_t n = 0;
    for (; next != nullptr && n < batch.size(); next = next->next_) {
      if (next->ended_.load(memory_order_acquire)) continue;
      if (try_claim(*next))
        batch[n++] = next;
      else if (n == 0)
        stop_one(rt, *next);  // waiting for a claim while holding others could deadlock
      else
        break;
    }
    rt.barrier.heavy_barrier();
    for (std::size_t i = 0; i < n; ++i)
      finish(rt, *batch[i]);
  }
}

void send_stop(nursery_part& p) noexcept {
  if (p.stop_sent.exchange(true, memory_order_acq_rel)) return;
  p.stop.run = [](message& m, void* home) noexcept {
    auto& part = *reinterpret_cast<nursery_part*>(reinterpret_cast<std::byte*>(&m) -
                                                  offsetof(nursery_part, stop));
    static_cast<void>(home);
    stop_children(part);
  };
  p.home->post(p.stop);
}

}  // namespace aside::inline ASIDE_ABI::detail
