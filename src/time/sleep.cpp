#include "base/assert.hpp"
#include "task/lease.hpp"
#include "time/wheel.hpp"

#include <aside/sleep.hpp>

namespace aside::inline ASIDE_ABI::detail {

namespace {

std::uint64_t ns_of(clock::time_point at) noexcept {
  const auto since = at.time_since_epoch().count();
  return since < 0 ? 0 : static_cast<std::uint64_t>(since);
}

extern const leaf_ops sleeping_ops;  // of a sleep that has its timer

armed sleep_arm(leaf& l, host& h, bool stop) noexcept {
  auto& op = static_cast<sleep_op&>(l);
  if (stop) return armed::stopped;
  const std::uint64_t at = ns_of(op.deadline_);
  if (h.wheel->has_passed(at)) return armed::ready;
  // The leaf may be woken as soon as the node has its target: nothing of it is touched after that
  // but by this core, which fires its own timers between turns.
  timer_node* const n = h.wheel->add(at, reinterpret_cast<std::uintptr_t>(&l));
  if (n == nullptr) panic("no memory for a timer", op.at_->where_);
  op.node_ = n;
  op.ops_ = &sleeping_ops;
  return armed::waiting;
}

armed sleep_is_over(leaf&, host&, bool) noexcept { return armed::ready; }

bool never_cancel(leaf&) noexcept { return false; }

bool sleep_cancel(leaf& l) noexcept {
  timer_node& n = *static_cast<sleep_op&>(l).node_;
  auto target = reinterpret_cast<std::uintptr_t>(&l);
  timer_wheel& wheel = timer_wheel::of(n);
  if (const host_guard here; here.get() != nullptr && here.get()->wheel == &wheel) {
    // It fires on this very thread, and another canceller is kept out by the claim.
    if (n.target_.load(memory_order_relaxed) != target) return false;
    n.target_.store(0, memory_order_relaxed);  // a second stop finds nothing to take
    wheel.remove(n);
    return true;
  }
  // release: pairs with the wheel's acquire; after it the owner may free the node.
  if (!n.target_.compare_exchange_strong(target, 0, memory_order_acq_rel)) return false;
  wheel.count_dead();
  return true;
}

constexpr leaf_ops sleep_ops{&sleep_arm, &never_cancel, "sleep"};
const leaf_ops sleeping_ops{&sleep_is_over, &sleep_cancel, "sleep"};

armed yield_arm(leaf&, host&, bool stop) noexcept { return stop ? armed::stopped : armed::ready; }

}  // namespace

const leaf_ops yield_ops{&yield_arm, &never_cancel, "yield"};

sleep_op::sleep_op(clock::time_point deadline) noexcept
    : leaf_awaiter(sleep_ops), deadline_(deadline) {}

}  // namespace aside::inline ASIDE_ABI::detail
