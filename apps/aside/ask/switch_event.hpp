#pragma once

#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aside_app::ask {

/// Something that the kernel's scheduler did with a thread of the program.
struct switch_event {
  enum class kind : std::uint8_t { in, blocked, preempted, born, ended };

  kind what = kind::in;
  pid_t pid = 0;
  pid_t tid = 0;
  pid_t parent = 0;        ///< born: the process that began it
  std::uint64_t time = 0;  ///< nanoseconds of CLOCK_MONOTONIC

  bool operator==(const switch_event&) const = default;
};

/// Reads whole perf records (sample_type TID | TIME, sample_id_all) and appends what they tell.
/// Returns how many records the kernel says it had to drop. A record that is cut short or of
/// impossible size ends the reading.
std::uint64_t parse_records(std::span<const std::byte> records, std::vector<switch_event>& into);

}  // namespace aside_app::ask
