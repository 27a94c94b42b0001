#pragma once

#include <cstdint>

#include "ask/measurement.hpp"
#include "ask/turn_waiters.hpp"

namespace aside_app::ask {

/// The numbers that the rules look at.
struct evidence {
  double wall = 0;
  double cores = 1;
  double running = 0;     ///< threads on a processor, on average
  double queued = 0;      ///< threads without one that want one, on average
  double demand = 0;      ///< both
  double busy_share = 0;  ///< of the time: something ran, or would have, had it had a processor
  double queue_per_switch = 0;  ///< seconds
  double idle_cores = 0;
  per_cause<double> share{};   ///< of the time: nothing ran, and this held the program up
  per_cause<double> flying{};  ///< waits of a cause at once, while there was any wait outside
  cause main_wait = cause::unknown;
  double main_share = 0;
  cause counted = cause::unknown;  ///< outside the program: whose waits the next three are of
  /// Of that cause, of a millisecond or more; all of them where shorter ones took most of the time.
  double waits = 0;
  double effective_waits = 0;      ///< how many of them matter
  double mean_wait = 0;            ///< seconds
  double lock_waiters = 0;         ///< threads that wait for a lock, on average
  double lock_share = 0;           ///< of all waiting outside
  turn_takers hot;                 ///< the threads that do the work
  turn_waiters in_turn;            ///< those that wait one at a time
  double served = 0;               ///< connections of event loops that compute meanwhile
  double owing = 0;                ///< answers that goroutines wait for
  double short_share = 0;          ///< of the processor time: in processes that ended at once
  double kernel_share = 0;         ///< of the processor time: in the kernel
  double short_cpu = 0;        ///< seconds of a processor that each of these had, on average
  double processes = 0;
  double parked_threads = 0;  ///< did nothing but wait
  double threads = 0;
  bool throttled = false;
  double throttled_share = 0;  ///< of the quota's periods: those in which it was used up
};

evidence evidence_of(const measurement& found);

/// The same for a piece of the run; what is only known of the whole is that of the whole.
evidence evidence_of(const measurement& found, const stretch& piece);

}  // namespace aside_app::ask
