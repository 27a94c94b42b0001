// The timer of a timeout. It fires on the core that armed it, while its task may run anywhere.

#include "base/atomic.hpp"
#include "task/lease.hpp"
#include "time/wheel.hpp"

#include <aside/detail/deadline.hpp>

namespace aside::inline ASIDE_ABI::detail {

void deadline_timer::arm(clock::time_point at, task_header& t, stop_state& s) {
  task_ = &t;
  limit_ = &s;
  const auto since = at.time_since_epoch().count();
  static_assert(sizeof(deadline) == 2 * sizeof(void*));
  with_host([&](host& h) noexcept {
    node_ = h.wheel->add(since < 0 ? 0 : static_cast<std::uint64_t>(since),
                         reinterpret_cast<std::uintptr_t>(&task_) | timer_node::is_deadline);
  });
  if (node_ == nullptr) throw std::bad_alloc();
}

void deadline_timer::disarm() noexcept {
  if (node_ == nullptr) return;
  timer_node& n = *std::exchange(node_, nullptr);
  timer_wheel& wheel = timer_wheel::of(n);
  const host_guard here;
  const bool mine = here.get() != nullptr && here.get()->wheel == &wheel;
  auto target = reinterpret_cast<std::uintptr_t>(&task_) | timer_node::is_deadline;
  if (mine && n.target_.load(memory_order_relaxed) == target) {
    n.target_.store(0, memory_order_relaxed);
    wheel.remove(n);  // it fires on this very thread, so not now
    return;
  }
  if (!mine && n.target_.compare_exchange_strong(target, 0, memory_order_acq_rel)) {
    wheel.count_dead();
    return;
  }
  // It has fired, or fires just now on the owner: that is a few instructions long, and it uses
  // this object, so wait for it. acquire: pairs with the release at the end of fire.
  while (n.target_.load(memory_order_acquire) != 0)
    spin_pause();
  if (mine)
    wheel.free(n);
  else
    wheel.give_back(n);
}

}  // namespace aside::inline ASIDE_ABI::detail
