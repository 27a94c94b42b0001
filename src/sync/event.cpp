#include <aside/event.hpp>

#include "base/assert.hpp"

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

constexpr std::uintptr_t nothing = 0;
constexpr std::uintptr_t is_set = 1;

armed wait_arm(leaf& l, host&, bool stop) noexcept {
  auto& op = static_cast<event_wait&>(l);
  return op.arm(stop);
}
bool wait_cancel(leaf& l) noexcept { return static_cast<event_wait&>(l).cancel(); }
constexpr leaf_ops event_ops{&wait_arm, &wait_cancel, "wait for an event"};

}  // namespace

event_wait::event_wait(event& e) noexcept : leaf_awaiter(event_ops), event_(&e) {}

bool event_wait::attempt() noexcept {
  std::uintptr_t w = is_set;
  // acquire: pairs with release in set.
  return event_->word_.load(memory_order_relaxed) == is_set &&
         event_->word_.compare_exchange_strong(w, nothing, memory_order_acquire,
                                               memory_order_relaxed);
}

armed event_wait::arm(bool stop) noexcept {
  if (armed_) return armed::ready;  // set has handed the signal to this leaf
  for (;;) {
    if (stop) return armed::stopped;
    if (attempt()) return armed::ready;
    std::uintptr_t w = nothing;
    armed_ = true;
    // release: pairs with acquire in set; publishes the suspended task.
    if (event_->word_.compare_exchange_strong(w, reinterpret_cast<std::uintptr_t>(this),
                                              memory_order_release, memory_order_relaxed))
      return armed::waiting;
    armed_ = false;
    if (w != is_set)
      panic("two tasks or branches wait for one event; this is the second", at_->where_);
  }
}

bool event_wait::cancel() noexcept {
  auto w = reinterpret_cast<std::uintptr_t>(this);
  // acquire: pairs with set's release, release: with the next wait's acquire.
  return armed_ && event_->word_.compare_exchange_strong(w, nothing, memory_order_acq_rel,
                                                         memory_order_relaxed);
}

}  // namespace detail

void event::died_under_a_waiter() const noexcept {
  const auto* const waiter =
      reinterpret_cast<const detail::leaf*>(word_.load(detail::memory_order_acquire));
  detail::panic(
      "an event was destroyed while a task waits for it (what a scope's body declares dies when the body "
      "ends or is stopped, which is before its children end: declare it outside of the scope); the task "
      "waits here",
      waiter->at_->where_);
}

void event::set() noexcept {
  using namespace detail;
  std::uintptr_t w = word_.load(memory_order_relaxed);
  for (;;) {
    const std::uintptr_t to = w > is_set ? nothing : is_set;
    // acquire: pairs with release in arm; release: what was done before set is seen by the waiter.
    if (word_.compare_exchange_weak(w, to, memory_order_acq_rel, memory_order_relaxed)) {
      if (w > is_set) notify(*reinterpret_cast<leaf*>(w));
      return;
    }
  }
}

}  // namespace aside::inline ASIDE_ABI
