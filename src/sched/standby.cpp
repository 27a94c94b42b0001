// The race that matters: a claimer looks for a task while its core is taken. The taker names it in the
// carrier's `stray` before it clears the core's `current`; a claimer looks at the cores first.

#include "sched/standby.hpp"

#include "sched/runtime.hpp"

namespace aside::inline ASIDE_ABI::detail {

void standby::begin(runtime& rt, unsigned spares) {
  spares_ = spares;
  if (spares == 0) return;
  const std::size_t all = std::size_t{rt.workers} + spares;
  free_.reserve(all);
  for (std::size_t i = 0; i < all; ++i)
    carriers_.push_back(std::make_unique<carrier>(rt.barrier));
  for (unsigned i = 0; i < rt.workers; ++i) {
    rt.cores[i]->driver = carriers_[i].get();
    rt.cores[i]->lends = true;
  }
}

bool standby::take_over(core& c, std::uint64_t epoch) noexcept {
  const std::scoped_lock lock(mutex_);
  if (free_.empty() || finished_ || c.driver == nullptr) return false;
  carrier& from = *c.driver;
  if (!from.try_claim()) return false;
  const std::uintptr_t on = c.current.load(memory_order_relaxed);
  // What a pinned task shares with others of its core relies on their never running beside it.
  const bool taken = c.epoch.load(memory_order_relaxed) == epoch &&
                     reinterpret_cast<const task_header*>(on)->pinned_ == 0;
  if (taken) {
    from.stray.store(on, memory_order_seq_cst);  // pairs with is_stray
    c.current.store(0, memory_order_seq_cst);
    c.in_turn = false;
    carrier& to = *free_.back();
    free_.pop_back();
    c.driver = &to;
    to.grant();
    to.given = &c;
    takeovers_.store(takeovers() + 1, memory_order_relaxed);
    changed_.notify_all();
  }
  from.end_claim(taken);
  return taken;
}

core* standby::wait(carrier& me) noexcept {
  std::unique_lock lock(mutex_);
  free_.push_back(&me);
  changed_.wait(lock, [&] { return me.given != nullptr || finished_; });
  return finished_ ? nullptr : std::exchange(me.given, nullptr);
}

void standby::finish() noexcept {
  const std::scoped_lock lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

}  // namespace aside::inline ASIDE_ABI::detail
