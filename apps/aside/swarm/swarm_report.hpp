#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "measure/histogram.hpp"

namespace aside_app {

/// How far a swarm is and what it has counted, one JSON line at a time on its stdout.
struct swarm_report {
  std::string phase;            ///< ready, opening, open, load, loaded, delivered, closed
  std::string engine;           ///< "epoll" or "uring"
  std::string engine_reason;    ///< why this one
  std::size_t subscribers = 0;  ///< that have received their first event
  std::size_t talkers = 0;      ///< that are connected
  std::size_t refused = 0;      ///< connections that never came to be
  std::size_t lost = 0;         ///< connections that ended before the swarm closed them
  std::uint64_t sent = 0;       ///< messages that the server has accepted
  std::uint64_t received = 0;   ///< messages that a subscriber has received
  std::size_t delivered = 0;    ///< subscribers that have received the event for all
  double seconds_to_open = 0;
  double messages_per_second = 0;  ///< received during the load
  percentiles latency_us;          ///< from the intended time of sending to the receipt
  std::string refusal;             ///< why the first connection was refused or lost
  std::string error;               ///< set in a last line before a failed end
  int code = 0;                    ///< the exit code that `error` means
};

std::string to_line(const swarm_report& report);
/// The same for a user: percentiles that there are none of are null.
std::string result_line(const swarm_report& found);
std::optional<swarm_report> swarm_report_from(std::string_view line);

}  // namespace aside_app
