#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ask/measurement.hpp"
#include "ask/verdict.hpp"

namespace aside_app::ask {

/// What a waiting thread and a waiting task hold, in bytes.
struct waiting_cost {
  double thread_user = 12'600;    ///< what glibc and the stack's first pages take
  double thread_kernel = 27'600;  ///< kernel stack 16 KiB, page table 4 KiB, bookkeeping 7 KiB
  double task = 440;
  bool calibrated = false;  ///< the first and the last were measured on this machine, now

  double thread() const noexcept { return thread_user + thread_kernel; }
};

/// An upper bound of what a change could bring. `value` is in the unit of its kind.
struct estimate {
  std::string_view
      kind;  ///< cores_speedup, overlap_seconds, in_flight_to_fill, thread_bytes, task_bytes
  double value = 0;
  std::string words;
};

std::vector<estimate> estimates_for(const verdict& given, const measurement& found,
                                    const waiting_cost& cost);

/// True when `estimates_for` would speak of memory, so that measuring the costs is worth it.
bool speaks_of_memory(const measurement& found);

}  // namespace aside_app::ask
