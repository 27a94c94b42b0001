#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "demo/figures.hpp"
#include "demo/options.hpp"
#include "demo/server_report.hpp"
#include "measure/processor.hpp"
#include "swarm/swarm_report.hpp"
#include "system/child_process.hpp"

namespace aside_app {

/// Thrown out of a wait when the user wants the demo to end.
struct interrupted {};

/// One side of the comparison from its beginning to its end: a fresh server process, a fresh swarm
/// process, and what is measured of them from outside while
/// the connections open, wait in quiet, wait under load, and all receive a last event.
class side_run {
 public:
  using clock = std::chrono::steady_clock;

  /// `kind` is "tasks" or "threads". `show` is called about twice a second with the view changed.
  /// `stop` is a descriptor that becomes readable when the user wants an end.
  side_run(const demo_options& options, std::string kind, int stop, side_view& shown,
           std::function<void()> show);
  ~side_run();

  /// Starts both processes and takes the figures of before the first connection.
  void start();
  /// Opens all connections; fills in what an open, quiet connection costs.
  void open();
  /// Lets the talkers talk until `end`, or until interrupted where there is none.
  void load(std::optional<clock::time_point> end);
  /// One event to all, then the figures with all still connected.
  void deliver();
  /// Closes the connections and ends both processes; from any phase, and after an interruption too.
  void close();

 private:
  template <class Done>
  void wait_until(Done done, std::optional<clock::time_point> until);
  template <class Done>
  void expect(Done done, std::chrono::seconds patience, const std::string& doing);
  void poll_once(std::chrono::milliseconds at_most);
  void take_lines();
  void observe();
  std::uint64_t server_memory();
  void measure_memory(double& user);
  void end(std::unique_ptr<child_process>& child);
  [[noreturn]] void fail_ended(child_process& child);
  double seconds() const;

  demo_options options_;
  std::string kind_;
  int stop_;
  bool closing_ = false;
  side_view& shown_;
  std::function<void()> show_;
  clock::time_point began_ = clock::now();
  clock::time_point next_look_ = began_;

  std::unique_ptr<child_process> server_;
  std::unique_ptr<child_process> swarm_;
  server_report server_says_;
  swarm_report swarm_says_;

  std::uint64_t user_before_ = 0;
  std::uint64_t kernel_before_ = 0;
  struct mark {
    processor_ticks ticks;
    server_report server;
  };
  std::optional<mark> load_began_;
};

}  // namespace aside_app
