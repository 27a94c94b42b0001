#pragma once
// inject_queue: ready tasks that no core's ring has room for, and those from threads that are no cores.
//
// What one thread pushes by itself goes into a ring without a lock; batches of cores, and what the ring
// has no room for, into a list: an array of pointers, taken in batches, because chasing a linked list
// under the lock costs a cache-line transfer for each task. Where the array cannot grow, tasks are
// chained through their headers instead: a wake-up never fails. Takers have the lock in any case, and
// take from both in equal parts, so that neither waits for the other.

#include "base/atomic.hpp"
#include "sched/mpsc_ring.hpp"

#include <aside/detail/header.hpp>

#include <mutex>
#include <span>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class inject_queue {
 public:
  void push(task_header& t) noexcept;
  void push(std::span<task_header* const> many) noexcept;
  /// A task that is in no core's registry yet: whoever takes it puts it into its own. False after `close`.
  [[nodiscard]] bool push_from_outside(task_header& t) noexcept;
  /// Nothing comes from outside any more. How many takers have to count, and ever had to.
  [[nodiscard]] std::uint64_t close() noexcept;

  struct taken {
    std::size_t all = 0;
    std::size_t of_ring = 0;  // the first so many: to be counted; of the others those that are new
    bool may_be_new = false;  // some of them: in no core's registry yet
  };
  /// Up to into.size() of the oldest.
  [[nodiscard]] taken take(std::span<task_header*> into) noexcept;
  /// What a push has added is in it before the push looks for sleepers. [IDLE]
  [[nodiscard]] std::size_t size() const noexcept {
    return ring_.size() + listed_.load(memory_order_seq_cst);
  }

  /// Not in order with anything.
  [[nodiscard]] bool seems_empty() const noexcept {
    return ring_.seems_empty() && listed_.load(memory_order_relaxed) == 0;
  }

  // For the census (census.hpp)
  [[nodiscard]] const void* place_of_listed() const noexcept { return &listed_; }
  [[nodiscard]] const void* place_of_head() const noexcept { return ring_.place_of_head(); }
  [[nodiscard]] const void* place_of_tail() const noexcept { return ring_.place_of_tail(); }

 private:
  void list(task_header& t) noexcept;
  void list(std::span<task_header* const> many) noexcept;
  template <class F>
  [[nodiscard]] bool extend(F add) noexcept;
  void chain(task_header& t) noexcept;
  [[nodiscard]] std::size_t unlist(std::span<task_header*> into) noexcept;

  mpsc_ring<task_header, 1024> ring_;
  alignas(cache_line) atomic<std::size_t> listed_{0};
  std::mutex mutex_;
  std::vector<task_header*> items_;  // from first_ on
  std::size_t first_ = 0;
  task_header* chain_ = nullptr;
  task_header* chain_end_ = nullptr;
  std::uint64_t new_listed_ = 0;  // from outside, that the ring had no room for
  unsigned turn_ = 0;             // whose the odd one is
  bool closed_ = false;
};

}  // namespace aside::inline ASIDE_ABI::detail
