#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "measure/histogram.hpp"
#include "swarm/load/options.hpp"
#include "swarm/load/report.hpp"

namespace aside_app::load {

/// What the processes of a load have found together, and what follows from it.
struct result {
  const load::options& options;
  report sum;  ///< counts of all; the engine is the first one's
  histogram latency;
  histogram late;
  double processor_share = 0;  ///< of the busiest process's runtime threads
  double idle_share = 0;       ///< of all the machine's processors while it was measured
  int signal = 0;              ///< that ended it before its time
  std::string given_up;        ///< why nothing could be measured

  explicit result(const load::options& asked) : options{asked} {}

  void add(const report& one);

  /// Answers with another status, at any time; those of the measured time are `sum.refusals`.
  std::uint64_t wrong_status() const noexcept;
  std::uint64_t unanswered() const noexcept;
  /// Open loop: in the measured time, whether they could be sent or not.
  std::uint64_t due() const noexcept;
  bool measured() const noexcept { return sum.measured_seconds > 0; }
  /// Else `latency` says at most how long messages have waited in vain.
  bool has_latency() const noexcept { return sum.answered > 0; }
  /// Connections that came to nothing or ended before their time.
  std::uint64_t lost() const noexcept;
  double messages_per_second() const noexcept;

  /// Whether the figures may be the swarm's own and not the server's; empty: no. Says what to do.
  std::string own_limit() const;
  /// Nothing was found that a server should not do.
  bool good() const noexcept;
  /// What was not well, in one line; empty when all was.
  std::string complaint() const;
  exit_code code() const noexcept;
};

/// The counts of all processes as far as they are, for a display.
report sum_of(const std::vector<report>& all);

/// One line of JSON, with the keys of docs/concepts/swarm.md.
std::string json_of(const result& found);

/// For a person, in lines of at most 80 columns.
std::vector<std::string> lines_of(const result& found);

}  // namespace aside_app::load
