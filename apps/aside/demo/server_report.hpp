#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "measure/histogram.hpp"

namespace aside_app {

/// What a server process tells the demo about itself, one JSON line at a time on its stdout.
struct server_report {
  double at = 0;  ///< seconds on the monotonic clock
  unsigned port = 0;
  std::string engine;         ///< "epoll", "uring" or "blocking"
  std::string engine_reason;  ///< why this one
  unsigned workers = 0;       ///< carriers of the runtime, or threads that serve a connection
  std::size_t subscribers = 0;
  std::uint64_t posts = 0;  ///< messages accepted for a subscriber
  std::uint64_t wakes = 0;  ///< messages a woken subscriber has taken up
  percentiles wake_us;
  std::uint64_t context_switches = 0;
  double processor_seconds = 0;
  std::string note;   ///< what the system refused, empty when nothing
  std::string error;  ///< set in a last line before a failed end
  int code = 0;       ///< the exit code that `error` means
};

std::string to_line(const server_report& report);
std::optional<server_report> server_report_from(std::string_view line);

}  // namespace aside_app
