#pragma once
// The part of a turn that runs branches.

#include "sched/core.hpp"

#include <aside/detail/branches.hpp>

namespace aside::inline ASIDE_ABI::detail {

enum class branches_left : std::uint8_t {
  waiting,  ///< all of them wait: the task is no longer ours
  ready,    ///< some go on in the next turn
  none,     ///< the group is over
  stray,    ///< the turn has lost its core (carrier.hpp); some may be ready
};

/// Runs what is ready of the branches that `t` waits for, in a turn of `t` on `c`.
[[nodiscard]] branches_left run_branches(core& c, task_header& t, branch_group& top) noexcept;

enum class unwound : std::uint8_t {
  stopped,  ///< no frame is left
  caught,   ///< a coroutine goes on, with the stop or with an exception: `resume_`
  failed,   ///< the outermost coroutine has ended with an exception
};

/// Destroys frames from `p` outwards to the first coroutine that catches the stop (turn.cpp). Where the
/// destructor of a local throws, the rest of its frame is destroyed as for any exception, and the stop
/// becomes that exception: the coroutine has ended with it, for whoever awaits it.
[[nodiscard]] unwound unwind(task_header& t, promise_base* p) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
