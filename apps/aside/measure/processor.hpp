#pragma once

#include <sys/types.h>
#include <cstdint>

namespace aside_app {

/// Ticks of all processors of the machine since boot, from /proc/stat. The difference of two
/// readings gives the idle share of the time between them.
struct processor_ticks {
  std::uint64_t idle = 0;
  std::uint64_t all = 0;
};

processor_ticks read_processor_ticks();
double idle_share(const processor_ticks& from, const processor_ticks& to) noexcept;

/// What this process has used since it began, threads that have ended included. The kernel sums over
/// all threads: half a millisecond for ten thousand.
struct own_usage {
  std::uint64_t context_switches = 0;  ///< voluntary or not
  double processor_seconds = 0;        ///< in user and kernel mode
};
own_usage read_own_usage() noexcept;

/// OS threads of a process; zero when it is gone.
unsigned thread_count(pid_t pid);

}  // namespace aside_app
