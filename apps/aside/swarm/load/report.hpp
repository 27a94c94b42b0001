#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "swarm/load/mishap.hpp"

namespace aside_app::load {

/// How far one of a load's processes is and what it has counted: one JSON line at a time on its stdout.
/// Histograms are in the last line alone.
struct report {
  std::string phase;  ///< opening, open, warm_up, load, drain, done
  std::string engine;
  std::string engine_reason;
  unsigned workers = 0;
  std::size_t busy = 0;
  std::size_t idle = 0;
  std::size_t reopened = 0;
  double seconds_to_open = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t refusals = 0;
  std::uint64_t unsent = 0;
  std::uint64_t arrived = 0;
  std::uint64_t bytes = 0;
  double measured_seconds = 0;
  double processor_seconds = 0;  ///< of the runtime's threads while it was measured
  std::array<std::uint64_t, mishap_kinds> mishaps{};
  std::string first;  ///< the first mishap, in words
  std::vector<std::pair<std::uint32_t, std::uint64_t>> latency;  ///< histogram::filled
  std::vector<std::pair<std::uint32_t, std::uint64_t>> late;
  std::string error;  ///< set in a last line before a failed end
  int code = 0;       ///< the exit code that `error` means
};

std::string to_line(const report& now);
std::optional<report> report_from(std::string_view line);

}  // namespace aside_app::load
