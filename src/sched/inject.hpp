#pragma once
// inject_queue: ready tasks that no core's ring has room for, and those from foreign threads.
//
// An array of pointers, taken in batches, because chasing a linked list under the lock costs a
// cache-line transfer for each task. Where the array cannot grow, tasks are chained through their
// headers instead: a wake-up never fails.

#include "base/atomic.hpp"

#include <aside/detail/header.hpp>

#include <mutex>
#include <span>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class inject_queue {
 public:
  void push(task_header& t) noexcept;
  void push(std::span<task_header* const> many) noexcept;
  /// A task that is in no core's registry yet: whoever takes it puts it into its own.
  void push_from_outside(task_header& t) noexcept;
  /// How many have ever been pushed from outside.
  [[nodiscard]] std::uint64_t from_outside() noexcept;
  /// Up to into.size() of the oldest; returns how many.
  [[nodiscard]] std::size_t take(std::span<task_header*> into) noexcept;
  [[nodiscard]] std::size_t size() const noexcept {
    return size_.load(memory_order_seq_cst);
  }  // [IDLE]
  [[nodiscard]] const void* place_of_size() const noexcept { return &size_; }  // census.hpp

 private:
  void add(task_header& t) noexcept;

  std::mutex mutex_;
  std::vector<task_header*> items_;  // from first_ on
  std::size_t first_ = 0;
  task_header* chain_ = nullptr;
  task_header* chain_end_ = nullptr;
  std::uint64_t from_outside_ = 0;
  atomic<std::size_t> size_{0};
};

}  // namespace aside::inline ASIDE_ABI::detail
