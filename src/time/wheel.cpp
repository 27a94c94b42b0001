#include "time/wheel.hpp"

#include <aside/detail/promise.hpp>

#include <bit>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr unsigned bits = 6;
constexpr std::size_t sweep_at = 1024;

unsigned slot_of(std::uint64_t when, unsigned level) noexcept {
  return static_cast<unsigned>(when >> (level * bits)) & 63;
}
}  // namespace

unsigned timer_wheel::level_of(std::uint64_t when) const noexcept {
  const std::uint64_t differs = (when ^ now_) | 63;
  return (static_cast<unsigned>(std::bit_width(differs)) - 1) / bits;
}

void timer_wheel::link(timer_node& n) noexcept {
  const unsigned at = level_of(n.when);
  const unsigned slot = slot_of(n.when, at);
  level& l = levels_[at];
  timer_node*& head = l.slot[slot];
  n.prev = nullptr;
  n.next = head;
  if (head != nullptr) head->prev = &n;
  head = &n;
  l.occupied |= std::uint64_t{1} << slot;
  ++linked_;
}

void timer_wheel::unlink(timer_node& n) noexcept {
  if (n.next != nullptr) n.next->prev = n.prev;
  if (n.prev != nullptr) {
    n.prev->next = n.next;
  } else if (due_ == &n) {
    due_ = n.next;
  } else {
    const unsigned at = level_of(n.when);
    const unsigned slot = slot_of(n.when, at);
    level& l = levels_[at];
    ASIDE_ASSERT(l.slot[slot] == &n);
    l.slot[slot] = n.next;
    if (n.next == nullptr) l.occupied &= ~(std::uint64_t{1} << slot);
  }
  --linked_;
}

timer_node* timer_wheel::add(std::uint64_t at_ns, std::uintptr_t target) noexcept {
  timer_node* const n = nodes_.allocate();
  if (n == nullptr) return nullptr;
  std::uint64_t when = tick_of(at_ns);
  if (when <= now_) when = now_ + 1;
  n->when = when;
  has_added_ = true;
  n->target_.store(target, memory_order_release);  // pairs with the canceller's exchange
  link(*n);
  return n;
}

void timer_wheel::remove(timer_node& n) noexcept {
  unlink(n);
  nodes_.free(n);
}

void timer_wheel::give_back(timer_node& n) noexcept {
  timer_node* head = returned_.load(memory_order_relaxed);
  do {
    n.next = head;
    // release: pairs with acquire in take_returned; publishes `next`.
  } while (!returned_.compare_exchange_weak(head, &n, memory_order_release, memory_order_relaxed));
}

void timer_wheel::take_returned() noexcept {
  if (returned_.load(memory_order_relaxed) == nullptr) return;
  timer_node* n = returned_.exchange(nullptr, memory_order_acquire);
  while (n != nullptr) {
    timer_node* const next = n->next;
    nodes_.free(*n);
    n = next;
  }
}

bool timer_wheel::next_slot(unsigned& at, std::uint64_t& tick) const noexcept {
  for (unsigned l = 0; l < levels; ++l) {
    const std::uint64_t occupied = levels_[l].occupied;
    if (occupied == 0) continue;
    // Within a level no slot lies behind now's digit: a timer of an earlier digit would differ from
    // now in a higher one. So the lowest occupied slot is the next.
    const auto slot = static_cast<std::uint64_t>(std::countr_zero(occupied));
    const std::uint64_t above = now_ >> ((l + 1) * bits) << ((l + 1) * bits);
    at = l;
    tick = above | (slot << (l * bits));
    return true;
  }
  return false;
}

void timer_wheel::fire(timer_node& n) noexcept {
  // acquire: pairs with add's release and with whoever armed it; release: with disarm's acquire.
  std::uintptr_t target = n.target_.load(memory_order_acquire);
  if (target != 0 && (target & timer_node::is_deadline) == 0) {
    if (n.target_.compare_exchange_strong(target, 0, memory_order_acq_rel)) {
      nodes_.free(n);
      notify(*reinterpret_cast<leaf*>(target));
      return;
    }
  } else if (target != 0) {
    if (n.target_.compare_exchange_strong(target, timer_node::firing, memory_order_acq_rel)) {
      const auto* d = reinterpret_cast<const deadline*>(target & ~timer_node::is_deadline);
      task_header& t = *d->task;
      if (d->limit->request()) t.what().stop(t);
      n.target_.store(0, memory_order_release);  // the deadline may go; it gives the node back
      return;
    }
  }
  nodes_.free(n);  // cancelled from another core
  dead_.fetch_sub(1, memory_order_relaxed);
}

void timer_wheel::run_slot(unsigned at, std::uint64_t tick) noexcept {
  level& l = levels_[at];
  const unsigned slot = slot_of(tick, at);
  // A deadline that fires may cancel timers of this very slot, so the list stays whole meanwhile.
  due_ = l.slot[slot];
  l.slot[slot] = nullptr;
  l.occupied &= ~(std::uint64_t{1} << slot);
  now_ = tick;
  while (due_ != nullptr) {
    timer_node& n = *due_;
    unlink(n);
    if (n.when <= now_)
      fire(n);
    else
      link(n);
  }
}

void timer_wheel::advance(std::uint64_t now_ns) noexcept {
  take_returned();
  if (dead_.load(memory_order_relaxed) > sweep_at && dead_.load(memory_order_relaxed) > linked_ / 2)
    sweep();
  const std::uint64_t target = now_ns >> tick_bits;
  unsigned at = 0;
  std::uint64_t tick = 0;
  while (next_slot(at, tick) && tick <= target)
    run_slot(at, tick);
  if (target > now_) now_ = target;
}

std::uint64_t timer_wheel::next_ns() const noexcept {
  unsigned at = 0;
  std::uint64_t tick = 0;
  return next_slot(at, tick) ? tick << tick_bits : never;
}

void timer_wheel::sweep() noexcept {
  for (level& l : levels_) {
    for (timer_node* head : l.slot) {
      for (timer_node* n = head; n != nullptr;) {
        timer_node* const next = n->next;
        if (n->target_.load(memory_order_acquire) == 0) {  // pairs with the canceller's release
          unlink(*n);
          nodes_.free(*n);
          dead_.fetch_sub(1, memory_order_relaxed);
        }
        n = next;
      }
    }
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
