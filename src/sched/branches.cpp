// A turn of a task that waits for branches: runs those that were woken, one after the other, until
// each of them waits again, has ended, or the turn's budget is spent.
//
// `t.budget_` counts for all branches together, and each resumption costs one, so a turn with many
// branches is no longer than another. Arm after unwind holds for each branch: its leaf is armed
// when none of its functions is on the native stack.
//
// No leaf of a branch is armed under the `arming` tag. A stopper that meets the task in its turn leaves
// `missed`, and the turn looks for it under the tag once more before it closes: see claim.hpp.

#include "sched/branches.hpp"

#include "sched/carrier.hpp"
#include "sched/claim.hpp"
#include "sched/runtime.hpp"
#include "task/branches.hpp"

namespace aside::inline ASIDE_ABI::detail {

namespace {

enum class ran : std::uint8_t { waits, yields, waits_for_branches, ended };

/// A stray turn: the branch's user code, and no more.
ran run_stray(const core& former, branch& b, promise_base* p) noexcept {
  while (b.leaf_ == nullptr && b.resume_ != nullptr) {
    p = std::exchange(b.resume_, nullptr);
    b.depth_ = 0;
    p->handle().resume();
  }
  if (b.leaf_ != nullptr) {
    b.leaf_->at_->since_ = former.age.load(memory_order_relaxed);
    return ran::yields;
  }
  if (!b.root_->finished_) fell_out(*p);
  return ran::ended;
}

ran run_branch(core& c, branch& b, bool& stray) noexcept {
  if (b.mood_ != task_mood::stop_taken) b.mood_ = task_mood::none;
  if (b.leaf_ == nullptr) b.resume_ = b.root_;
  for (;;) {
    if (leaf* const l = b.leaf_; l != nullptr) {
      armed state = armed::stopped;
      if (const branch_group* const inner = group_of(*l); inner != nullptr) {
        if (!inner->over()) return ran::waits_for_branches;
        state = inner->outcome();
      } else if (b.mood_ != task_mood::stop_taken) {
        const bool stop = b.stop_ != nullptr && b.stop_->requested();
        state = l->ops_->arm(*l, c, stop);
        if (state == armed::waiting) return ran::waits;
        if (state == armed::spent) return ran::yields;
      }
      if (state == armed::stopped) {
        if (unwind(b, l->at_) != unwound::caught) return ran::ended;
      } else {
        b.leaf_ = nullptr;
        b.resume_ = l->at_;
      }
    }
    promise_base* const p = b.resume_;
    b.resume_ = nullptr;
    b.depth_ = 0;
    if (b.budget_ != 0) --b.budget_;
    if (!c.resume(*p)) [[unlikely]] {
      stray = true;
      b.budget_ = 0;  // nobody else's user code in this turn
      return run_stray(c, b, p);
    }
    if (b.leaf_ != nullptr) {
      b.leaf_->at_->since_ = c.age.load(memory_order_relaxed);
      if (b.mood_ >= task_mood::yielding) return ran::yields;
    } else if (b.resume_ == nullptr) {
      if (!b.root_->finished_) fell_out(*p);
      return ran::ended;
    }
  }
}

}  // namespace

branches_left run_branches(core& c, task_header& t, branch_group& top) noexcept {
  branch_group* g = &top;
  bool stray = false;
  for (;;) {
    if (g->any_ready() && t.budget_ != 0) {
      branch& b = *g->next();
      b.budget_ = t.budget_;
      set_this_branch(&b);
      const ran r = run_branch(c, b, stray);
      set_this_branch(nullptr);
      t.budget_ = b.budget_;
      if (r == ran::waits_for_branches) g = group_of(*b.leaf_);
      if (r == ran::yields) g->later(b);
      if (r == ran::ended) g->ended(b);
      continue;
    }

    const bool outermost_group = g == &top;
    if (stray && outermost_group) {
      top.next_turn();
      return branches_left::stray;
    }
    auto* const owner = outermost_group ? nullptr : static_cast<branch*>(&g->owner());
    if (g->over()) {
      if (outermost_group) return branches_left::none;
      g = owner->group_;
      g->now(*owner);
      continue;
    }
    g->next_turn();
    if (g->any_ready()) {
      if (outermost_group) return branches_left::ready;
      g = owner->group_;
      g->later(*owner);
      continue;
    }
    if (!outermost_group) {
      if (g->try_idle()) g = owner->group_;
      continue;
    }
    c.rt.barrier.light_store(c.current, reinterpret_cast<std::uintptr_t>(&t) | claims::arming);
    if (t.claim_.load(memory_order_seq_cst) == 0) {
      if (top.try_idle()) return branches_left::waiting;
      c.current.store(reinterpret_cast<std::uintptr_t>(&t), memory_order_release);
    } else {
      // Without the tag first: the claimer may be waiting for it.
      c.current.store(reinterpret_cast<std::uintptr_t>(&t), memory_order_release);
      if (claims::take_missed(t)) {
        stop_scopes_of(t);
        stop_below(top);
      }
    }
  }
}

void report_lost_branch(const std::source_location& site,
                        const std::exception_ptr& error) noexcept {
  report_loss(site, error, "a branch that lost the race");
}

}  // namespace aside::inline ASIDE_ABI::detail
