// Which task a core runs next: what it looks at before each turn, and where else it looks.

#include "sched/runtime.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace aside::inline ASIDE_ABI::detail {

namespace {
// Of what others may steal; else the last few of many take one look each.
constexpr std::size_t least_share = 8;
constexpr std::uint32_t prefetched_of_stolen = 16;
}  // namespace

task_header* core::from_inject() noexcept {
  const std::size_t ready = rt.inject.size();
  if (ready == 0) return nullptr;
  std::array<task_header*, inject_batch> many;
  const std::size_t share = std::max(ready / rt.cores.size() + 1, keeps_tasks ? 1 : least_share);
  const std::size_t room = ring.capacity() - ring.size();
  const std::size_t want = std::min({share, many.size(), room + 1});
  const inject_queue::taken got = rt.inject.take(std::span(many.data(), want));
  const std::size_t n = got.all;
  if (got.may_be_new) adopt(std::span<task_header* const>(many.data(), n), got.of_ring);
  if (keeps_tasks) {
    for (std::size_t i = 0; i < n; ++i)
      push_aside(*many[i]);
    return next_pinned();
  }
  if (n == 0) return nullptr;
  ring.push_many(std::span<task_header* const>(many.data() + 1, n - 1));
  pushed_ += static_cast<unsigned>(n) - 1;
  return many[0];
}

void core::take_messages() noexcept {
  for (message* m = inbox_.take_all(); m != nullptr;) {
    message* const next = m->next;
    m->run(*m, this);
    m = next;
  }
}

void core::take_returned() noexcept {
  if (pinned_.load(memory_order_relaxed) != nullptr) {
    task_header* t = pinned_.exchange(nullptr, memory_order_acquire);
    task_header* oldest = nullptr;
    while (t != nullptr) {
      task_header* const before = t->queued_;
      t->queued_ = oldest;
      oldest = t;
      t = before;
    }
    while (oldest != nullptr) {
      task_header* const next = oldest->queued_;
      // Of a task whose home is elsewhere, prev_ is not ours to read [H3].
      if (oldest->home_->home == this && oldest->prev_ == oldest)
        link(*oldest->home_, *oldest);  // spawned from another core, or without one
      if (oldest->pinned_ != 0)
        push_local(*oldest);
      else
        push(*oldest);
      oldest = next;
    }
    tell_others();
  }
  if (returned_.load(memory_order_relaxed) != nullptr) reclaim();
}

task_header* core::next_pinned() noexcept {
  task_header* const t = local_;
  if (t != nullptr) local_ = t->queued_;
  return t;
}

void core::attend() noexcept {
  if (!inbox_.seems_empty()) {
    take_messages();
    tell_others();  // before a turn that may last, or hold the thread
  }
  take_returned();
}

task_header* core::look_around() noexcept {
  turns_to_look_ = look_every;
  if (--looks_to_poll_ == 0) {
    looks_to_poll_ = poll_every;
    flush_homeward();
    poll(0);
  }
  return only_pinned ? nullptr : from_inject();
}

task_header* core::next() noexcept {
  if (task_header* const t = at_hand(); t != nullptr) return t;
  attend();
  if (--turns_to_look_ == 0) {
    if (task_header* const t = look_around(); t != nullptr) return t;
  }
  if (only_pinned) return next_pinned();
  if (lifo_ != nullptr) {
    if (lifo_uses_ < lifo_cap) {
      ++lifo_uses_;
      return std::exchange(lifo_, nullptr);
    }
    ring_push(*std::exchange(lifo_, nullptr));
  }
  lifo_uses_ = 0;
  // In turn, counted here: two that wake each other come here every fourth time.
  if (local_ != nullptr && ((++tick_ & 1) != 0 || ring.size() == 0)) {
    tell_others();  // of what the LIFO slot held
    return next_pinned();
  }
  if (task_header* const t = alone_ ? ring.pop_alone() : ring.pop(); t != nullptr) return t;
  return from_inject();
}

task_header* core::steal() noexcept {
  const std::size_t n = rt.cores.size();
  if (n == 1) return nullptr;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  for (std::size_t i = 0; i < n; ++i) {
    core& victim = *rt.cores[(random_ + i) % n];
    if (&victim == this) continue;
    if (task_header* const t = victim.ring.steal_into(ring); t != nullptr) {
      count(steals);
      ring.for_oldest(prefetched_of_stolen, [](const task_header* each) { prefetch(each); });
      return t;
    }
  }
  return nullptr;
}

}  // namespace aside::inline ASIDE_ABI::detail
