#include "swarm/load/run.hpp"

#include <unistd.h>
#include <chrono>
#include <string>

#include "measure/processor.hpp"
#include "swarm/load/crew.hpp"
#include "swarm/load/progress.hpp"
#include "swarm/load/result.hpp"
#include "system/descriptors.hpp"
#include "system/output.hpp"
#include "system/run_tasks.hpp"
#include "system/stop_signals.hpp"
#include "text/number.hpp"

namespace aside_app::load {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto look_every = 100ms;
/// From the order to begin to the begin: all processes have read it by then.
constexpr auto head_start = 50ms;
constexpr std::size_t spare_descriptors = 64;

/// Says how many processes would do when one may not have so many connections.
void need_processes(const options& asked) {
  const auto limit = raise_descriptor_limit();
  const auto all = asked.connections + asked.idle;
  const auto each = (all + asked.processes - 1) / asked.processes;
  if (each + spare_descriptors <= limit) return;
  const auto room = limit > spare_descriptors ? limit - spare_descriptors : 1;
  throw failure{exit_code::environment,
                "aside swarm: " + grouped(std::uint64_t{all}) + " connections from " +
                    std::to_string(asked.processes) + " processes need " +
                    grouped(std::uint64_t{each + spare_descriptors}) +
                    " open files in each, the limit is " + grouped(std::uint64_t{limit}) +
                    " (RLIMIT_NOFILE): give --processes " +
                    std::to_string((all + room - 1) / room) + ", or raise it with `ulimit -Hn`"};
}

class conductor {
 public:
  conductor(const options& asked, result& found)
      : asked_{asked},
        found_{found},
        show_{asked, asked.json ? STDERR_FILENO : STDOUT_FILENO},
        crew_{asked} {}

  exit_code run();

 private:
  void open();
  void measure();
  void listen();
  void check_open();
  void tell_found();

  const options& asked_;
  result& found_;
  progress show_;
  stop_signals stop_;
  crew crew_;
  std::string phase_ = "opening";
};

exit_code conductor::run() {
  open();
  if (found_.signal == 0) {
    check_open();
    measure();
  }
  crew_.tell("close");
  while (!crew_.all_are("done"))
    listen();
  for (const auto& each : crew_.reports())
    found_.add(each);
  tell_found();
  return found_.code();
}

void conductor::open() {
  bool told = false;
  while (!crew_.all_are("open") && found_.signal == 0) {
    listen();
    const auto sum = sum_of(crew_.reports());
    if (!told && !sum.engine.empty()) {
      const auto notice = engine_notice(asked_.engine, sum.engine, sum.engine_reason);
      if (!notice.empty()) show_.warn("aside swarm: " + notice);
      told = true;
    }
    if (told) show_.show("opening", sum);
  }
  if (found_.signal == 0) show_.show("open", sum_of(crew_.reports()));
}

void conductor::measure() {
  const auto begin = clock::now() + head_start;
  crew_.tell("go " + std::to_string(begin.time_since_epoch().count()));
  processor_ticks before;
  processor_ticks after;
  phase_ = "open";
  bool interrupted = false;
  for (const char* phase : {"warm_up", "load", "drain", "done"}) {
    // The last to come to a phase decides.
    while (!crew_.all_are(phase)) {
      listen();
      show_.show(phase_, sum_of(crew_.reports()));
      if (found_.signal != 0 && !interrupted) {
        interrupted = true;
        crew_.tell("close");
      }
    }
    phase_ = phase;
    show_.show(phase_, sum_of(crew_.reports()));
    if (phase_ == "load") before = read_processor_ticks();
    if (phase_ == "drain") after = read_processor_ticks();
  }
  found_.idle_share = idle_share(before, after);
}

void conductor::listen() {
  crew_.listen(stop_.descriptor(), look_every);
  if (found_.signal == 0) found_.signal = stop_.take();
}

/// Without a single connection there is nothing to measure.
void conductor::check_open() {
  const auto sum = sum_of(crew_.reports());
  if (sum.busy > 0) return;
  found_.sum = sum;
  show_.end();
  const auto of = [&](mishap what) { return sum.mishaps[static_cast<std::size_t>(what)]; };
  auto line = "aside swarm: no connection to " + asked_.target + ": " + sum.first;
  if (of(mishap::no_port) > 0)
    throw failure{exit_code::environment,
                  line + "; an address has ports for some 28,000 connections, and --source must be "
                         "an address of this machine"};
  if (of(mishap::no_descriptor) > 0)
    throw failure{exit_code::environment, line + "; give more --processes"};
  throw failure{exit_code::unreachable,
                line + "; start the server there, or give --target ADDRESS:PORT"};
}

void conductor::tell_found() {
  if (asked_.json) {
    show_.end();
    put_line(STDOUT_FILENO, json_of(found_));
  } else {
    for (const auto& line : lines_of(found_))
      show_.say(line);
  }
  if (const auto limit = found_.own_limit(); !limit.empty()) show_.warn("aside swarm: " + limit);
  if (found_.signal != 0) show_.warn("aside swarm: interrupted; this is what was measured so far");
  if (const auto what = found_.complaint(); !what.empty()) show_.warn("aside swarm: " + what);
}

}  // namespace

exit_code run(const options& asked) {
  result found{asked};
  try {
    need_processes(asked);
    return conductor{asked, found}.run();
  } catch (...) {
    const auto why = failure_of("aside swarm");
    found.given_up = why.what();
    if (asked.json) put_line(STDOUT_FILENO, json_of(found));
    throw why;
  }
}

}  // namespace aside_app::load
