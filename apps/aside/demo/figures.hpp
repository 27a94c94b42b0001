#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/histogram.hpp"

namespace aside_app {

/// The figures of one side, tasks or threads. While it runs they are what is known so far.
struct figures {
  std::size_t connections = 0;
  std::size_t subscribers = 0;
  std::size_t delivered = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::size_t connections_lost = 0;
  unsigned worker_threads = 0;
  unsigned os_threads = 0;
  std::string engine;
  std::string engine_reason;
  double user_bytes_per_connection = 0;
  double user_bytes_per_connection_before_load = 0;
  double kernel_bytes_per_connection = 0;
  double messages_per_second = 0;
  percentiles wake_us;
  percentiles latency_us;
  double context_switches_per_second = 0;
  double processor_us_per_message = 0;
  double seconds_to_open = 0;
  std::optional<double> idle_share;  ///< none before there was load
  std::string note;                  ///< what the system refused; empty when nothing
};

/// One point of the page's chart.
struct sample {
  double seconds = 0;  ///< since the side began
  std::size_t connections = 0;
  double megabytes = 0;  ///< grown since before the first connection, user and kernel memory
  double wake_p99_us = 0;
};

/// One side as the terminal and the page show it.
struct side_view {
  /// next, opening, open, load, delivering, closing, done, cut short
  std::string state = "next";
  std::string cut_short;  ///< why this side could not be measured to its end; empty when it was
  figures so_far;
  std::vector<sample> samples;
};

/// All that the terminal and the page show.
struct demo_view {
  std::size_t asked = 0;
  unsigned processors = 0;
  std::string status;       ///< what happens now, one line
  double seconds_left = 0;  ///< of the phase in `status`; zero when it has no given end
  bool has_tasks = false;
  bool has_threads = false;
  bool is_live = false;  ///< the comparison is complete, `live` goes on
  side_view tasks;
  side_view threads;
  side_view live;
  std::string live_kind;  ///< "tasks" or "threads"
  std::string advice;
};

/// Which of the two to use for what was measured, and why: one or two sentences.
std::string advice_for(const demo_view& view);

/// The result as one line of JSON: the tasks' figures, and the threads' under `as_threads`.
std::string result_json(const demo_view& view);

/// Everything the page needs, as one line of JSON.
std::string page_json(const demo_view& view);

}  // namespace aside_app
