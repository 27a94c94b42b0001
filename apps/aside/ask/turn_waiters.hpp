#pragma once

#include <vector>

#include "ask/turns.hpp"

namespace aside_app::ask {

/// Threads of one process, or at one place of memory that several share, of which one at a time waits for
/// something outside, as for an answer or the clock, while the others wait for it: a lock is held meanwhile, mostly.
struct turn_waiters {
  double threads = 0;
  double held = 0;     ///< of the time: one of them had its turn; above 1 when several do
  double outside = 0;  ///< of the time: one of them waited for it
  double others = 0;   ///< waits outside of all other threads, at once
  double feeders = 0;  ///< threads beside them that may give them one piece of work after another
  cause why = cause::unknown;  ///< that it waits for mostly
};

/// Where one at a time has its turn, all of them together have theirs for no more of the time.
constexpr double most_held = 1.25;

turn_waiters waiters_of(const std::vector<thread_sum>& threads, double wall);

}  // namespace aside_app::ask
