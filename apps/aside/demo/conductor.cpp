#include "demo/conductor.hpp"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "demo/side_run.hpp"
#include "system/output.hpp"
#include "system/run_tasks.hpp"
#include "text/number.hpp"

namespace aside_app {

using namespace std::chrono_literals;

namespace {

/// Without `--for`: long enough for figures that stand, short enough to watch.
constexpr std::chrono::seconds usual_load(std::size_t connections) {
  return connections > 1'000 ? 8s : 3s;
}

constexpr auto shortest_load = 500ms;

/// What delivering and closing take after the load, so that `--for` is kept.
std::chrono::milliseconds time_to_end(std::size_t connections) {
  return 400ms + std::chrono::milliseconds{connections / 10};
}

}  // namespace

conductor::conductor(const demo_options& options, std::string page, int stop, publisher publish)
    : options_{options},
      page_{std::move(page)},
      stop_{stop},
      publish_{std::move(publish)},
      screen_{options.json ? screen{STDERR_FILENO, screen::manner::plain}
                           : screen::on(STDOUT_FILENO)} {
  view_.asked = options_.connections;
  view_.processors = std::thread::hardware_concurrency();
  view_.has_tasks = options_.tasks;
  view_.has_threads = options_.threads;
}

exit_code conductor::run() {
  try {
    compare();
    complete_ = true;
    if (!options_.duration) go_on();
  } catch (const interrupted&) {
    if (!complete_) code_ = exit_code::interrupted;
  } catch (...) {
    const auto what = failure_of("the demo");
    screen_.keep();
    put_line(STDERR_FILENO, std::string{"aside demo: "} + what.what());
    code_ = what.code();
  }
  return code_;
}

void conductor::compare() {
  screen_.say("aside demo: " + grouped(std::uint64_t{options_.connections}) +
              " connections on this machine, " + grouped(std::uint64_t{options_.subscribers()}) +
              " wait and " + grouped(std::uint64_t{options_.talkers()}) + " talk; see also " +
              page_);
  if (options_.tasks) run_side("tasks", view_.tasks);
  if (options_.threads) run_threads();
  view_.advice = advice_for(view_);
  view_.status = "the comparison is complete";
  publish_(page_json(view_));
  if (options_.json) {
    put_line(STDOUT_FILENO, result_json(view_));
  } else {
    screen_.settle(view_);
  }
  if (options_.tasks) judge("tasks", view_.tasks);
  if (options_.threads) judge("threads", view_.threads);
}

/// What the tasks have shown is kept, whatever happens to the threads.
void conductor::run_threads() {
  try {
    run_side("threads", view_.threads);
  } catch (const interrupted&) {
    throw;
  } catch (...) {
    if (!options_.tasks) throw;
    const auto what = failure_of("the side of threads");
    load_end_.reset();
    view_.threads.state = "cut short";
    view_.threads.cut_short = what.what();
    // That there are no threads to be had is a result.
    if (what.code() != exit_code::environment) code_ = what.code();
  }
}

void conductor::run_side(const std::string& kind, side_view& shown) {
  const auto began = side_run::clock::now();
  const auto count = grouped(std::uint64_t{options_.connections});
  const auto status = [&](std::string text) {
    view_.status = kind + ": " + std::move(text);
    show();
  };
  side_run side{options_, kind, stop_, shown, [this] { show(); }};
  try {
    status("starting a server and a swarm");
    side.start();
    if (kind == "tasks") {
      const auto notice =
          engine_notice(options_.engine, shown.so_far.engine, shown.so_far.engine_reason);
      if (!notice.empty()) screen_.warn("aside demo: " + notice);
    }
    status("opening " + count + " connections");
    side.open();
    status(grouped(std::uint64_t{shown.so_far.connections}) +
           " connections are open, messages arrive");
    auto end = side_run::clock::now() + usual_load(options_.connections);
    if (options_.duration) {
      const auto share = *options_.duration / static_cast<int>(sides());
      end = std::max(began + share - time_to_end(options_.connections),
                     side_run::clock::now() + shortest_load);
    }
    load_end_ = end;
    side.load(end);
    load_end_.reset();
    status("one event to all");
    side.deliver();
    status("closing");
    side.close();
  } catch (const interrupted&) {
    drain(side, kind, shown);
    throw;
  }
}

void conductor::go_on() {
  view_.live_kind = options_.tasks ? "tasks" : "threads";
  view_.is_live = true;
  side_run side{options_, view_.live_kind, stop_, view_.live, [this] { show(); }};
  try {
    view_.status = grouped(std::uint64_t{options_.connections}) + " connections go on as " +
                   view_.live_kind + " until Ctrl-C";
    screen_.say("The page stays at " + page_ + " with the same figures, live.");
    side.start();
    side.open();
    side.load(std::nullopt);
  } catch (const interrupted&) {
    drain(side, view_.live_kind, view_.live);
  }
}

void conductor::judge(const std::string& kind, const side_view& side) {
  if (!side.cut_short.empty()) {
    put_line(STDERR_FILENO, "aside demo: " + kind + " were cut short: " + side.cut_short);
    return;
  }
  const auto& found = side.so_far;
  const auto count = [](std::size_t value) { return grouped(std::uint64_t{value}); };
  std::string line;
  if (found.connections < options_.connections) {
    line = kind + ": " + count(found.connections) + " of " + count(options_.connections) +
           " connections could be opened: " + found.note;
    // As tasks that is a failure; as threads it is what the demo is there to show.
    if (kind == "tasks" || !options_.tasks) code_ = exit_code::environment;
  }
  if (found.delivered < found.subscribers || found.connections_lost > 0 ||
      found.messages_received < found.messages_sent) {
    line = kind + ": the last event reached " + count(found.delivered) + " of " +
           count(found.subscribers) + " subscribers, " + count(found.connections_lost) +
           " connections were lost, " + grouped(found.messages_received) + " of " +
           grouped(found.messages_sent) + " messages arrived";
    code_ = exit_code::failed;
  }
  if (!line.empty()) put_line(STDERR_FILENO, "aside demo: " + line);
}

void conductor::drain(side_run& side, const std::string& kind, const side_view& shown) {
  load_end_.reset();
  view_.status = "closing the connections; Ctrl-C again ends at once";
  show();
  side.close();
  const auto& found = shown.so_far;
  screen_.say("drained: closed " + grouped(std::uint64_t{found.connections}) + " connections as " +
              kind + "; " + grouped(found.messages_sent) + " messages sent, " +
              grouped(found.messages_received) + " received, " +
              grouped(std::uint64_t{found.connections_lost}) + " connections lost");
}

void conductor::show() {
  view_.seconds_left = 0;
  if (load_end_)
    view_.seconds_left =
        std::max(std::chrono::duration<double>(*load_end_ - side_run::clock::now()).count(), 0.0);
  screen_.draw(view_);
  publish_(page_json(view_));
}

}  // namespace aside_app
