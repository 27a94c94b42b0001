#include <aside/detail/branches.hpp>

#include "task/branches.hpp"

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// A leaf of the branch has been taken: into the mailbox, and on outwards as far as owners wait.
void schedule_branch(task_header& t) noexcept {
  auto* b = static_cast<branch*>(&t);
  for (;;) {
    branch_group& g = *b->group_;
    if (!g.push(*b)) return;
    task_header& owner = g.owner();
    if (!is_branch(owner)) {
      owner.what().schedule(owner);
      return;
    }
    b = static_cast<branch*>(&owner);
  }
}

std::exception_ptr no_finish(task_header&) noexcept { return nullptr; }
void nothing_to_free(task_header&) noexcept {}

constexpr task_descriptor branch_descriptor{&schedule_branch, &stop_branch,     &no_finish,
                                            &nothing_to_free, &nothing_to_free, 0};

armed group_arm(leaf& l, host&, bool) noexcept {
  const auto& g = static_cast<branch_group&>(l);
  return g.over() ? g.outcome() : armed::branches;
}
bool group_cancel(leaf& l) noexcept {
  stop_below(static_cast<branch_group&>(l));
  return false;
}
constexpr leaf_ops group_ops{&group_arm, &group_cancel, "branches"};

}  // namespace

branch::branch() noexcept { what_.store(&branch_descriptor, memory_order_relaxed); }

branch_group* group_of(leaf& l) noexcept {
  return l.ops_ == &group_ops ? &static_cast<branch_group&>(l) : nullptr;
}
bool is_branch(const task_header& t) noexcept { return &t.what() == &branch_descriptor; }
task_header& outermost(task_header& t) noexcept {
  task_header* out = &t;
  while (is_branch(*out))
    out = &static_cast<branch*>(out)->group_->owner();
  return *out;
}

branch_group::branch_group(promise_base& self, ends_by how) noexcept
    : leaf(group_ops), owner_(self.task_), ends_by_(how) {
  at_ = &self;
}

void branch_group::adopt(branch* branches, std::uint32_t count) noexcept {
  branches_ = branches;
  count_ = count;
}

void branch_group::destroy(branch* branches, std::uint32_t count) noexcept {
  for (branch* b = branches; b != branches + count; ++b) {
    if (b->root_ != nullptr) std::exchange(b->root_, nullptr)->handle().destroy();
  }
}

void branch_group::begin() noexcept {
  task_header& t = *owner_;
  stop_.parent_ = t.stop_;
  left_ = count_;
  for (branch* b = branches_; b != branches_ + count_; ++b) {
    b->site_ = at_->where_;
    b->home_ = t.home_;
    b->stop_ = &stop_;
    b->group_ = this;
    b->root_->task_ = b;
    append(ready_, ready_end_, *b);
  }
  t.leaf_ = this;
}

void branch_group::append(branch*& first, branch*& last, branch& b) noexcept {
  b.queued_ = nullptr;
  if (first == nullptr)
    first = &b;
  else
    last->queued_ = &b;
  last = &b;
}

bool branch_group::push(branch& b) noexcept {
  std::uintptr_t head = mailbox_.load(memory_order_relaxed);
  do {
    b.queued_ = head > running ? reinterpret_cast<branch*>(head) : nullptr;
    // release: publishes the link and what the wait brought, to collect's acquire; acquire: of the
    // turn that went idle, which whoever has the wake-up hands on to the next turn.
  } while (!mailbox_.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(&b),
                                           memory_order_acq_rel, memory_order_relaxed));
  return head == idle;
}

void branch_group::collect() noexcept {
  if (mailbox_.load(memory_order_relaxed) == running) return;
  const std::uintptr_t head = mailbox_.exchange(running, memory_order_acquire);
  branch* newest = head > running ? reinterpret_cast<branch*>(head) : nullptr;
  branch* oldest = nullptr;
  while (newest != nullptr) {
    auto* const before = static_cast<branch*>(newest->queued_);
    newest->queued_ = oldest;
    oldest = newest;
    newest = before;
  }
  while (oldest != nullptr) {
    auto* const after = static_cast<branch*>(oldest->queued_);
    append(ready_, ready_end_, *oldest);
    oldest = after;
  }
}

bool branch_group::any_ready() noexcept {
  collect();
  return ready_ != nullptr;
}

branch* branch_group::next() noexcept {
  branch* const b = ready_;
  ready_ = static_cast<branch*>(b->queued_);
  return b;
}

void branch_group::now(branch& b) noexcept {
  b.queued_ = ready_;
  if (ready_ == nullptr) ready_end_ = &b;
  ready_ = &b;
}
void branch_group::later(branch& b) noexcept { append(later_, later_end_, b); }

void branch_group::next_turn() noexcept {
  if (later_ == nullptr) return;
  if (ready_ == nullptr)
    ready_ = later_;
  else
    ready_end_->queued_ = later_;
  ready_end_ = later_end_;
  later_ = nullptr;
}

void branch_group::ended(branch& b) noexcept {
  --left_;
  const bool stopped = b.root_ == nullptr;
  const bool failed = !stopped && b.root_->kind_ == outcome_kind::error;
  if (failed && first_failed_ == nullptr) first_failed_ = &b;
  const bool decides = stopped || failed || ends_by_ == ends_by::any_end;
  if (!decides || first_ended_ != nullptr) return;
  first_ended_ = &b;
  if (left_ != 0 && stop_.request()) stop_below(*this);
}

bool branch_group::try_idle() noexcept {
  std::uintptr_t head = running;
  // release: pairs with acquire in push.
  return mailbox_.compare_exchange_strong(head, idle, memory_order_acq_rel, memory_order_relaxed);
}

armed branch_group::outcome() const noexcept {
  bool any_value = count_ == 0;
  bool all_values = true;
  for (const branch* b = branches_; b != branches_ + count_; ++b) {
    const bool value = b->root_ != nullptr && b->root_->kind_ != outcome_kind::error;
    any_value |= value;
    all_values &= value;
  }
  const bool value = ends_by_ == ends_by::any_end ? any_value : all_values;
  return value || first_failed_ != nullptr ? armed::ready : armed::stopped;
}

void branch_group::settle() {
  if (first_failed_ == nullptr) return;
  bool won = false;  // by a value, before or after a failure that did not decide
  if (ends_by_ == ends_by::any_end && first_ended_ != first_failed_) {
    for (branch* b = branches_; b != branches_ + count_ && !won; ++b)
      won = b->root_ != nullptr && b->root_->kind_ != outcome_kind::error;
  }
  if (!won) std::rethrow_exception(first_failed_->root_->error());
  for (branch* b = branches_; b != branches_ + count_; ++b) {
    if (b->root_ != nullptr && b->root_->kind_ == outcome_kind::error)
      report_lost_branch(b->site_, b->root_->error());
  }
}

void stop_branch_here(branch& b) noexcept {
  if (b.leaf_ == nullptr) return;
  look(*b.leaf_);
  if (b.stop_ == nullptr || !b.stop_->requested()) return;
  if (!b.leaf_->ops_->cancel(*b.leaf_)) return;
  b.mood_ = task_mood::stop_taken;
  b.what().schedule(b);
}

void stop_below(branch_group& top) noexcept {
  branch_group* g = &top;
  g->cursor_ = 0;
  for (;;) {
    if (g->cursor_ == g->count()) {
      if (g == &top) return;
      g = static_cast<branch&>(g->owner()).group_;
      continue;
    }
    branch& b = g->begin_of_branches()[g->cursor_++];
    if (b.leaf_ == nullptr) continue;  // it has ended, or looks at the stop itself when it begins
    stop_scopes_of(b);
    if (branch_group* const inner = group_of(*b.leaf_); inner != nullptr) {
      g = inner;
      g->cursor_ = 0;
    } else {
      stop_branch_here(b);
    }
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
