#include "sched/inject.hpp"

#include "base/spin.hpp"
#include "task/prefetch.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace aside::inline ASIDE_ABI::detail {

/// add() to the items. False without memory for it, and where others are chained already, whose order it would
/// break.
template <class F>
bool inject_queue::extend(F add) noexcept {
  if (chain_ != nullptr) return false;
  if (first_ == items_.size()) {
    items_.clear();
    first_ = 0;
  } else if (first_ > 4096 && first_ > items_.size() / 2) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  try {
    add();
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void inject_queue::chain(task_header& t) noexcept {
  t.queued_ = nullptr;
  if (chain_ == nullptr)
    chain_ = &t;
  else
    chain_end_->queued_ = &t;
  chain_end_ = &t;
}

void inject_queue::list(task_header& t) noexcept {
  if (!extend([&] { items_.push_back(&t); })) chain(t);
}

void inject_queue::list(std::span<task_header* const> many) noexcept {
  if (extend([&] { items_.insert(items_.end(), many.begin(), many.end()); })) return;
  for (task_header* const t : many)
    chain(*t);
}

std::size_t inject_queue::unlist(std::span<task_header*> into) noexcept {
  std::size_t n = std::min(into.size(), items_.size() - first_);
  std::copy_n(items_.begin() + static_cast<std::ptrdiff_t>(first_), n, into.begin());
  first_ += n;
  for (; n < into.size() && chain_ != nullptr; ++n)
    into[n] = std::exchange(chain_, chain_->queued_);
  return n;
}

void inject_queue::push(task_header& t) noexcept {
  if (ring_.push(&t) == pushed::yes) return;
  const auto lock = lock_spinning(mutex_);
  list(t);
  listed_.fetch_add(1, memory_order_seq_cst);  // [IDLE]
}

void inject_queue::push(std::span<task_header* const> many) noexcept {
  const auto lock = lock_spinning(mutex_);
  list(many);
  listed_.fetch_add(many.size(), memory_order_seq_cst);  // [IDLE]
}

bool inject_queue::push_from_outside(task_header& t) noexcept {
  switch (ring_.push(&t)) {
    case pushed::yes:
      return true;
    case pushed::closed:
      return false;
    case pushed::full:
      break;
  }
  const auto lock = lock_spinning(mutex_);
  if (closed_) return false;
  list(t);
  ++new_listed_;
  listed_.fetch_add(1, memory_order_seq_cst);  // [IDLE]
  return true;
}

std::uint64_t inject_queue::close() noexcept {
  const auto lock = lock_spinning(mutex_);
  closed_ = true;
  return ring_.close() + new_listed_;
}

inject_queue::taken inject_queue::take(std::span<task_header*> into) noexcept {
  if (size() == 0) return {};
  const auto lock = lock_spinning(mutex_);
  turn_ ^= 1u;
  const std::size_t listed = listed_.load(memory_order_relaxed);
  const std::size_t kept_for_them = std::min(listed, (into.size() + turn_) / 2);
  taken got;
  got.of_ring = got.all = ring_.take(into.first(into.size() - kept_for_them));
  const std::size_t unlisted = unlist(into.subspan(got.of_ring));
  got.all += unlisted;
  got.may_be_new = got.of_ring != 0 || new_listed_ != 0;
  for (task_header* t : into.first(got.all))
    prefetch(t);
  if (unlisted != 0) listed_.fetch_sub(unlisted, memory_order_relaxed);
  return got;
}

}  // namespace aside::inline ASIDE_ABI::detail
