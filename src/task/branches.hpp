#pragma once
// What the branches of a task need of the scheduler.

#include <aside/detail/branches.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// As its leaf_ops say.
inline void look(leaf& l) noexcept {
  if (l.ops_->look != nullptr) l.ops_->look(l);
}
/// A stop has been asked of a branch, or of something in it: end its wait (src/sched/stopper.cpp).
void stop_branch(task_header& b) noexcept;
/// Asks the children of the scopes that `at`, a task or a branch, has open, as far as those are asked to
/// stop: `at` may be where it is not told itself, or waits for what can't be broken off
/// (src/scope/nursery.cpp). In its turn or under the claim.
void stop_scopes_of(const task_header& at) noexcept;
/// Reports that a branch has failed after its race was decided.
void report_lost_branch(const std::source_location& site, const std::exception_ptr& error) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
