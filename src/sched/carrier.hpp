#pragma once
// carrier: a thread that drives cores, where they can be taken over (docs/design/0005-takeover.md).
//
// A turn whose core was taken is a *stray*: its user code runs on, without a core, until it waits or
// ends; then the carrier hands the task in and stands by.
//
// Invariants
//   S1  A stray touches nothing of a core but what any thread may. What it starts is posted to its former core, which links it.
//   S2  What it spawns locally is kept back until it is handed in, and then both go to the former core,
//       so they are never parallel.
//   S3  Whatever it has posted is in the former core's list before the task itself, so its registry
//       knows the children before the parent can end.

#include "task/lease.hpp"

namespace aside::inline ASIDE_ABI::detail {

class core;
class runtime;

class carrier : public lease {
 public:
  explicit carrier(const asymmetric& barrier) noexcept;

  /// Drives `c`, and cores that it is given later, until the runtime has finished. Null: none yet.
  void carry(runtime& rt, core* c) noexcept;

  // In a stray turn
  /// A child whose home is the former core begins there.
  void start(task_header& child, bool local) noexcept;
  /// `p` has returned: goes on until the task waits or has ended, and hands it in.
  void finish(task_header& t, promise_base& p) noexcept;
  void hand_in(task_header& t) noexcept;

  core* given = nullptr;  // standby's

 private:
  task_header* kept_ = nullptr;  // S2, first in first out
  task_header* kept_end_ = nullptr;
  bool has_posted_ = false;
};

/// Null where cores cannot be taken over.
[[nodiscard]] inline carrier* this_carrier() noexcept {
  return static_cast<carrier*>(this_lease());
}

}  // namespace aside::inline ASIDE_ABI::detail
