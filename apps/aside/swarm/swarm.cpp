#include "swarm/swarm.hpp"

#include <unistd.h>
#include <cstdio>
#include <memory>
#include <string>

#include "swarm/leader.hpp"
#include "system/descriptors.hpp"
#include "system/output.hpp"
#include "system/run_tasks.hpp"
#include "text/number.hpp"

namespace aside_app {
namespace {

std::string count(std::size_t value) { return grouped(std::uint64_t{value}); }

/// One line for a person when a phase begins; nothing while it lasts.
class phase_lines {
 public:
  explicit phase_lines(const swarm_options& options) : options_{options} {}

  void show(const swarm_report& now) {
    if (now.phase == shown_) return;
    shown_ = now.phase;
    if (now.phase == "opening") {
      const auto notice = engine_notice(options_.engine, now.engine, now.engine_reason);
      if (!notice.empty()) put_line(STDERR_FILENO, "aside swarm: " + notice);
    }
    const auto line = text(now);
    if (!line.empty()) put_line(options_.json ? STDERR_FILENO : STDOUT_FILENO, line);
  }

 private:
  std::string text(const swarm_report& now) const {
    if (now.phase == "opening")
      return "opening " + count(options_.connections) + " connections to " + options_.target +
             " by " + now.engine + " (" + now.engine_reason + ")";
    if (now.phase == "open")
      return "open after " + grouped(now.seconds_to_open, 2) + " s: " + count(now.subscribers) +
             " wait, " + count(now.talkers) + " talk, " + count(now.refused) + " refused";
    if (now.phase == "load")
      return grouped(options_.rate * static_cast<double>(now.talkers)) + " messages a second for " +
             grouped(std::chrono::duration<double>(options_.duration).count(), 1) + " s";
    if (now.phase == "loaded" && now.received == 0)
      return now.sent > 0 ? "none of " + grouped(now.sent) + " messages arrived"
                          : "the server took none of the " + grouped(due(now)) +
                                " messages that were due";
    if (now.phase == "loaded")
      return grouped(now.received) + " of " + grouped(now.sent) +
             " messages arrived; half within " + grouped(now.latency_us.p50) + " us, 99 % within " +
             grouped(now.latency_us.p99) + " us, 99.9 % within " + grouped(now.latency_us.p999) +
             " us of the intended time";
    if (now.phase == "delivered")
      return "the last event reached " + count(now.delivered) + " of " + count(now.subscribers);
    return {};
  }

  double due(const swarm_report& now) const {
    return options_.rate * static_cast<double>(now.talkers) *
           std::chrono::duration<double>(options_.duration).count();
  }

  const swarm_options& options_;
  std::string shown_;
};

exit_code judge(const swarm_options& options, const swarm_report& found) {
  if (found.subscribers == 0 || found.talkers == 0)
    throw failure{exit_code::unreachable,
                  "no connection to " + options.target + ": " + found.refusal +
                      "; start `aside demo` there, or give --target ADDRESS:PORT"};
  if (found.refused > 0)
    throw failure{exit_code::failed, count(found.refused) + " of " + count(options.connections) +
                                         " connections were refused: " + found.refusal};
  if (found.lost > 0)
    throw failure{exit_code::failed,
                  count(found.lost) + " connections were lost: " + found.refusal};
  if (found.received < found.sent || found.delivered < found.subscribers)
    throw failure{exit_code::failed, grouped(found.sent - found.received) + " messages and " +
                                         count(found.subscribers - found.delivered) +
                                         " last events did not arrive"};
  return exit_code::ok;
}

/// `told`: the object of --json has been written.
exit_code run_swarm(const swarm_options& options, bool& told) {
  need_descriptors("aside swarm", options.connections);
  // Shared with the thread that reads stdin, which may outlive this function.
  const auto state = std::make_shared<swarm_state>(options);
  std::shared_ptr<control> orders;
  if (options.controlled) orders = control::of_stdin({state, &state->changed});

  phase_lines lines{options};
  leader lead{*state, orders, [&](const swarm_report& now) {
                if (options.controlled)
                  put_line(STDOUT_FILENO, to_line(now));
                else
                  lines.show(now);
              }};
  const int result = run_tasks(runtime_options(options.engine, options.workers),
                               [&lead]() ASIDE_WRAPPER { return lead.lead(); });
  if (options.controlled) return result == 0 ? exit_code::ok : exit_code::failed;

  auto found = state->report("closed");
  found.engine = lead.last().engine;
  found.engine_reason = lead.last().engine_reason;
  told = true;
  if (options.json) put_line(STDOUT_FILENO, result_line(found));
  if (result >= 128) {
    put_line(STDERR_FILENO, "drained: closed " + count(found.subscribers + found.talkers) +
                                " connections; " + grouped(found.received) + " of " +
                                grouped(found.sent) + " messages had arrived");
    return static_cast<exit_code>(result);
  }
  if (result != 0) return exit_code::failed;
  return judge(options, found);
}

}  // namespace

exit_code swarm(const swarm_options& options) {
  bool told = false;
  try {
    return run_swarm(options, told);
  } catch (...) {
    const auto what = failure_of(options.controlled ? "the swarm" : "aside swarm");
    swarm_report last;
    last.error = what.what();
    last.code = to_int(what.code());
    if (!options.controlled) {
      if (options.json && !told) put_line(STDOUT_FILENO, result_line(last));
      throw what;
    }
    put_line(STDOUT_FILENO, to_line(last));
    return what.code();
  }
}

}  // namespace aside_app
