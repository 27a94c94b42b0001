#pragma once
// census: where another process reads how many tasks this one has, without asking it.
//
// A note in the program's file, named "aside", leads to one block of memory, and that to the counters
// which every core keeps anyway. Nothing is written for it after the start of a core; who may read
// this process's memory (process_vm_readv) may count. `aside ask` is the reader, in
// apps/aside/ask/task_census.cpp: it knows this layout by its version, not by this header.

#include "base/atomic.hpp"

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

/// Addresses of what one core counts.
struct census_part {
  const void* alive = nullptr;      // size_t: tasks in the core's registry
  const void* current = nullptr;    // uintptr_t: not 0 while a turn is under way
  const void* next = nullptr;       // a pointer: not null when the LIFO slot holds a ready task
  const void* local = nullptr;      // a pointer: not null when spawn_local tasks are ready
  const void* ring_head = nullptr;  // uint32_t
  const void* ring_tail = nullptr;  // uint32_t: so many more are ready as it is ahead
  // Ready tasks of all cores of the runtime
  const void* listed = nullptr;        // size_t
  const void* outside_head = nullptr;  // uint64_t
  const void* outside_tail = nullptr;  // uint64_t: without its highest bit, so many more as it is ahead
};

/// A core's place in the block, for as long as it lives.
class census_entry {
 public:
  census_entry() = default;
  census_entry(const census_entry&) = delete;
  census_entry& operator=(const census_entry&) = delete;
  ~census_entry() { leave(); }

  /// Once. Without a free place the core is counted among those left out.
  void enter(const census_part& part) noexcept;

 private:
  void leave() noexcept;

  census_part part_;
  atomic<const census_part*>* place_ = nullptr;
  bool left_out_ = false;
};

}  // namespace aside::inline ASIDE_ABI::detail
