#include <aside/detail/handover.hpp>

#include "base/assert.hpp"
#include "base/atomic.hpp"

#include <sched.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {

armed wait_arm(leaf& l, host&, bool stop) noexcept {
  return static_cast<handover_wait&>(l).arm(stop);
}
bool wait_cancel(leaf& l) noexcept { return static_cast<handover_wait&>(l).cancel(); }
/// For microseconds, unless the other party has lost its CPU.
void wait_until(const atomic<std::uintptr_t>& word, std::uintptr_t value) noexcept {
  for (unsigned spins = 0; word.load(memory_order_acquire) != value; ++spins) {
    if (spins < 1000)
      spin_pause();
    else
      ::sched_yield();
  }
}

constexpr leaf_ops oneshot_ops{&wait_arm, &wait_cancel, "receive from a oneshot"};
constexpr leaf_ops join_ops{&wait_arm, &wait_cancel, "join a task"};
constexpr leaf_ops blocking_ops{&wait_arm, &wait_cancel, "blocking"};
constexpr leaf_ops compute_ops{&wait_arm, &wait_cancel, "compute"};
constexpr leaf_ops callback_ops{&wait_arm, &wait_cancel, "wait for a callback"};

const leaf_ops& ops_of(handover_wait::what w) noexcept {
  switch (w) {
    case handover_wait::what::join:
      return join_ops;
    case handover_wait::what::blocking:
      return blocking_ops;
    case handover_wait::what::compute:
      return compute_ops;
    case handover_wait::what::callback:
      return callback_ops;
    case handover_wait::what::oneshot:
      break;
  }
  return oneshot_ops;
}

}  // namespace

handover_wait::handover_wait(handover* h, what w) noexcept
    : leaf_awaiter(ops_of(w)), handover_(h) {}

bool handover_wait::attempt() noexcept {
  if (handover_ == nullptr)
    panic("what a oneshot, a join handle or a callback gives was taken twice, or through a receiver or handle "
          "that was moved from",
          at_->where_);
  return handover_->is_done();
}

armed handover_wait::arm(bool stop) noexcept {
  if (armed_) return armed::ready;  // finish has taken this leaf
  if (stop) return armed::stopped;
  if (attempt()) return armed::ready;
  std::uintptr_t w = handover::nothing;
  armed_ = true;
  // release: pairs with acquire in finish; publishes the suspended task.
  // acquire: pairs with release in finish; the parcel is there.
  if (handover_->word_.compare_exchange_strong(w, reinterpret_cast<std::uintptr_t>(this),
                                               memory_order_release, memory_order_acquire))
    return armed::waiting;
  armed_ = false;
  if (w != handover::done)
    panic("two tasks or branches wait for one oneshot, join handle or callback; this is the second",
          at_->where_);
  return armed::ready;
}

bool handover_wait::cancel() noexcept {
  const auto me = reinterpret_cast<std::uintptr_t>(this);
  std::uintptr_t w = me;
  while (armed_ && (w & ~handover::held) == me) {  // another task of this core may hold the giver
    if (handover_->word_.compare_exchange_weak(w, w & handover::held, memory_order_acq_rel,
                                               memory_order_relaxed))
      return true;
  }
  return false;
}

void handover_wait::lost_its_taker() const noexcept {
  panic("a oneshot's receiver or a join handle was moved or destroyed before the task that waits for it, here, "
        "had taken what came",
        at_->where_);
}

bool handover::finish() noexcept {
  // release: the parcel is seen by the taker; acquire: pairs with release in arm and in abandon.
  const std::uintptr_t was = word_.exchange(done, memory_order_acq_rel);
  if (was == taker_gone) return false;
  if (was == nothing) return true;
  if (was == done) [[unlikely]]
    panic("a callback was ended twice: complete, fail or drop is called once for each context; made",
          made_);
  if ((was & held) != 0) [[unlikely]]
    return finish_held(was & ~held);
  notify(*reinterpret_cast<leaf*>(was));
  return true;
}

bool handover::finish_held(std::uintptr_t was) noexcept {
  wait_until(word_, released);              // acquire: pairs with release in let_go
  word_.store(done, memory_order_release);  // pairs with acquire in let_go
  if (was != nothing) notify(*reinterpret_cast<leaf*>(was));
  return true;
}

bool handover::abandon() noexcept {
  if (is_done()) return false;
  // release: the taker's last touch is before the giver frees; acquire: pairs with finish.
  const std::uintptr_t was = word_.exchange(taker_gone, memory_order_acq_rel);
  if (was > taker_gone) {
    const auto* const waiter = reinterpret_cast<const leaf*>(was);
    panic("a oneshot's receiver or a join handle was destroyed while a task waits for it, here",
          waiter->at_->where_);
  }
  return was == nothing;
}

void handover::moved_under_a_waiter() const noexcept {
  const std::uintptr_t w = word_.load(memory_order_acquire) & ~held;  // pairs with release in arm
  panic("a oneshot's receiver or a join handle was moved while a task waits for it, here",
        reinterpret_cast<const leaf*>(w)->at_->where_);
}

bool handover::hold() noexcept {
  static_assert(alignof(leaf) > held);
  // relaxed: what the holder does to the giver is before the giver's end by let_go.
  std::uintptr_t w = word_.load(memory_order_relaxed);
  do {
    if (w == done) return false;
  } while (!word_.compare_exchange_weak(w, w | held, memory_order_relaxed, memory_order_relaxed));
  return true;
}

void handover::let_go() noexcept {
  std::uintptr_t w = word_.load(memory_order_relaxed);
  while (w != done) {
    // release: pairs with acquire in finish.
    if (word_.compare_exchange_weak(w, w & ~held, memory_order_release, memory_order_relaxed))
      return;
  }
  word_.store(released, memory_order_release);  // pairs with acquire in finish
  wait_until(word_, done);                      // acquire: pairs with release in finish
}

}  // namespace aside::inline ASIDE_ABI::detail
