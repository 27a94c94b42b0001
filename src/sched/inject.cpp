#include "sched/inject.hpp"

#include "base/spin.hpp"
#include "task/prefetch.hpp"

#include <new>

namespace aside::inline ASIDE_ABI::detail {

void inject_queue::add(task_header& t) noexcept {
  if (chain_ == nullptr) {
    try {
      if (first_ == items_.size()) {
        items_.clear();
        first_ = 0;
      } else if (first_ > 4096 && first_ > items_.size() / 2) {
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
      }
      items_.push_back(&t);
      return;
    } catch (const std::bad_alloc&) {
      // falls through to the chain, which needs no memory and keeps the order
    }
  }
  t.queued_ = nullptr;
  if (chain_ == nullptr)
    chain_ = &t;
  else
    chain_end_->queued_ = &t;
  chain_end_ = &t;
}

void inject_queue::push(task_header& t) noexcept {
  const auto lock = lock_spinning(mutex_);
  add(t);
  size_.fetch_add(1, memory_order_seq_cst);  // [IDLE]: then the pusher looks for sleepers
}

void inject_queue::push_from_outside(task_header& t) noexcept {
  const auto lock = lock_spinning(mutex_);
  add(t);
  ++from_outside_;
  size_.fetch_add(1, memory_order_seq_cst);  // [IDLE]
}

std::uint64_t inject_queue::from_outside() noexcept {
  const auto lock = lock_spinning(mutex_);
  return from_outside_;
}

void inject_queue::push(std::span<task_header* const> many) noexcept {
  const auto lock = lock_spinning(mutex_);
  for (task_header* t : many)
    add(*t);
  size_.fetch_add(many.size(), memory_order_seq_cst);  // [IDLE]
}

std::size_t inject_queue::take(std::span<task_header*> into) noexcept {
  if (size_.load(memory_order_relaxed) == 0) return 0;
  const auto lock = lock_spinning(mutex_);
  std::size_t n = 0;
  while (n < into.size() && first_ < items_.size()) {
    into[n++] = items_[first_++];
    prefetch(into[n - 1]);
  }
  while (n < into.size() && chain_ != nullptr) {
    into[n++] = chain_;
    chain_ = chain_->queued_;
  }
  size_.fetch_sub(n, memory_order_relaxed);
  return n;
}

}  // namespace aside::inline ASIDE_ABI::detail
