#pragma once

#include <unistd.h>
#include <chrono>

#include "demo/server_report.hpp"
#include "measure/processor.hpp"
#include "system/output.hpp"

namespace aside_app {

inline constexpr std::chrono::milliseconds report_every{250};

/// Completes `report` with what the hub has counted and writes it to stdout, for the demo.
template <class Hub>
void send_report(server_report report, const Hub& hub) {
  report.at =
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  report.subscribers = hub.subscribers.load();
  report.posts = hub.posts.load();
  report.wakes = hub.wakes.load();
  report.wake_us = percentiles_of(hub.wake_times);
  const auto usage = read_own_usage();
  report.context_switches = usage.context_switches;
  report.processor_seconds = usage.processor_seconds;
  put_line(STDOUT_FILENO, to_line(report));
}

/// A last line that says why this server ends.
inline void send_error(const std::string& why, int code) {
  server_report report;
  report.error = why;
  report.code = code;
  put_line(STDOUT_FILENO, to_line(report));
}

}  // namespace aside_app
