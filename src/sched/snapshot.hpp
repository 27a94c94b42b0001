#pragma once
// snapshot: what one core's tasks wait for, copied out of them under their claims.

#include "sched/core.hpp"
#include "sched/name.hpp"

#include <source_location>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

struct seen_place {
  enum class kind : std::uint8_t {
    main_task,
    task,       // where it was spawned
    await,      // of the task or branch above it, from the outermost inwards
    operation,  // in which that waits
    branches,   // several: those that follow one level deeper
    branch,
    running,
    fresh,  // it has not begun
    more,   // awaits that were left out
  };
  kind what;
  std::uint16_t level = 0;
  std::source_location where;
  const char* operation = nullptr;
  std::uint64_t number = 0;  // of a task: 1 + the index of its name; else how long, in ms

  static constexpr std::uint64_t unknown = UINT64_MAX;
};

struct core_snapshot {
  std::vector<seen_place> places;
  std::vector<task_name> names;
  std::size_t left_out = 0;  // tasks
  bool out_of_memory = false;
};

/// Of the core's registry. Its driver only, between turns.
void take_snapshot(core& c, core_snapshot& into) noexcept;

/// Has every core take one, and a thread of its own write them below the headline (dump.cpp). The
/// runtime lasts at least until this returns. Throws std::system_error and bad_alloc.
void start_dump(runtime& rt, int fd, const char* headline);
/// The same to stderr, or the headline and why there is no dump.
void report_tasks(runtime& rt, const char* headline) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
