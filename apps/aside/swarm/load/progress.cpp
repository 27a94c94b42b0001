#include "swarm/load/progress.hpp"

#include <algorithm>

#include "system/output.hpp"
#include "text/number.hpp"

namespace aside_app::load {
namespace {

constexpr std::size_t columns = 79;

std::string count(std::size_t value) { return grouped(std::uint64_t{value}); }

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

std::uint64_t mishaps_of(const report& sum) {
  std::uint64_t all = 0;
  for (const auto each : sum.mishaps)
    all += each;
  return all;
}

}  // namespace

progress::progress(const options& asked, int descriptor)
    : asked_{asked},
      descriptor_{descriptor},
      redraws_{can_redraw(descriptor)},
      marks_{colours::of(descriptor)} {}

void progress::show(const std::string& now, const report& sum) {
  if (now != phase_) {
    phase_ = now;
    began_ = clock::now();
    const auto line = begins(now, sum);
    if (!line.empty()) say(line);
  }
  if (!redraws_) return;
  auto line = runs(now, sum);
  if (line.empty()) return;
  if (const auto wrong = mishaps_of(sum); wrong > 0) line += ", " + grouped(wrong) + " errors";
  erase();
  put_text(descriptor_, marks_.dim + line.substr(0, columns) + marks_.plain);
  drawn_ = true;
}

std::string progress::begins(const std::string& phase, const report& sum) const {
  if (phase == "opening") {
    auto line = "opening " + count(asked_.connections) + " connections";
    if (asked_.idle > 0) line += " and " + count(asked_.idle) + " idle ones";
    line += " to " + asked_.target;
    if (asked_.processes > 1) line += " from " + count(asked_.processes) + " processes";
    return line + " by " + sum.engine + " (" + sum.engine_reason + ")";
  }
  if (phase == "open")
    return "open after " + grouped(sum.seconds_to_open, 2) + " s: " + count(sum.busy) +
           (asked_.idle > 0 ? " busy, " + count(sum.idle) + " idle" : std::string{});
  if (phase == "warm_up") {
    const auto how = asked_.open_loop()
                         ? "open loop, " + grouped(asked_.rate) + " messages a second"
                         : "closed loop, " + count(asked_.in_flight) + " under way on each";
    return how + ": " + grouped(seconds(asked_.duration), 1) + " s after " +
           grouped(seconds(asked_.warm_up), 1) + " s of warm-up";
  }
  return {};
}

std::string progress::runs(const std::string& phase, const report& sum) const {
  const auto passed = clock::now() - began_;
  if (phase == "opening")
    return count(sum.busy + sum.idle) + " of " + count(asked_.connections + asked_.idle) +
           " are open";
  if (phase == "warm_up") return "warming up";
  if (phase == "load") {
    const auto left = seconds(asked_.duration) - seconds(passed);
    const auto rate = static_cast<double>(sum.arrived) / std::max(seconds(passed), 0.1);
    return grouped(left, 1) + " s left, " + grouped(sum.answered) + " answered, " + grouped(rate) +
           " a second";
  }
  if (phase == "drain") return "waiting for the last answers";
  return {};
}

void progress::say(const std::string& line) {
  erase();
  put_line(descriptor_, line);
}

void progress::warn(const std::string& line) {
  erase();
  put_line(2, line);
}

void progress::erase() {
  if (drawn_) put_text(descriptor_, "\r\033[K");
  drawn_ = false;
}

}  // namespace aside_app::load
