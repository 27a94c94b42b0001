#include "swarm/load/result.hpp"

#include <algorithm>

#include "text/number.hpp"

namespace aside_app::load {
namespace {

using namespace std::chrono_literals;

constexpr double busy_processor = 0.9;
constexpr double idle_processor = 0.5;
constexpr double busy_machine = 0.02;
constexpr auto late_enough = 1ms;

std::string percent(double share) { return grouped(share * 100) + " %"; }

void add_counts(report& sum, const report& one) {
  if (sum.engine.empty()) {
    sum.engine = one.engine;
    sum.engine_reason = one.engine_reason;
    sum.workers = one.workers;
  }
  sum.busy += one.busy;
  sum.idle += one.idle;
  sum.reopened += one.reopened;
  sum.seconds_to_open = std::max(sum.seconds_to_open, one.seconds_to_open);
  sum.sent += one.sent;
  sum.answered += one.answered;
  sum.refusals += one.refusals;
  sum.unsent += one.unsent;
  sum.arrived += one.arrived;
  sum.bytes += one.bytes;
  sum.measured_seconds = std::max(sum.measured_seconds, one.measured_seconds);
  sum.processor_seconds += one.processor_seconds;
  for (std::size_t i = 0; i < mishap_kinds; ++i)
    sum.mishaps[i] += one.mishaps[i];
  if (sum.first.empty()) sum.first = one.first;
}

}  // namespace

report sum_of(const std::vector<report>& all) {
  report sum;
  for (const auto& each : all)
    add_counts(sum, each);
  return sum;
}

void result::add(const report& one) {
  add_counts(sum, one);
  latency.add(one.latency);
  late.add(one.late);
  if (one.measured_seconds > 0 && one.workers > 0)
    processor_share = std::max(processor_share,
                               one.processor_seconds / one.measured_seconds / one.workers);
}

std::uint64_t result::wrong_status() const noexcept {
  return sum.mishaps[static_cast<std::size_t>(mishap::wrong_status)];
}

std::uint64_t result::unanswered() const noexcept {
  return sum.sent - sum.answered - sum.refusals;
}

std::uint64_t result::due() const noexcept { return sum.sent + sum.unsent; }

std::uint64_t result::lost() const noexcept {
  std::uint64_t all = 0;
  for (const auto each : sum.mishaps)
    all += each;
  return all - wrong_status();
}

double result::messages_per_second() const noexcept {
  if (!measured()) return 0;
  return static_cast<double>(sum.arrived) / sum.measured_seconds;
}

std::string result::own_limit() const {
  std::string why;
  if (processor_share >= busy_processor)
    why = "the swarm used " + percent(processor_share) + " of its own processor time";
  if (options.open_loop() && late.at(0.99) >= late_enough) {
    if (!why.empty()) why += " and ";
    why += "sent 1 % of its messages more than " +
           grouped(static_cast<double>(late.at(0.99).count()) / 1e3) + " us late";
  }
  if (why.empty()) return why;
  why += ": these figures may be its own limit, not the server's.";
  if (idle_share < busy_machine)
    return why + " This machine's processors are all busy: run the swarm on another one.";
  if (processor_share < idle_processor)
    return why + " It used " + percent(processor_share) +
           " of its own processor time, so more --processes will hardly help: see what else runs on "
           "this machine, or beside it on the same processors.";
  const auto more = options.processes + 1;
  return why + " Try --processes " + std::to_string(more) + " or --workers " +
         std::to_string(sum.workers + 1) + ".";
}

bool result::good() const noexcept {
  return lost() == 0 && wrong_status() == 0 && unanswered() == 0 && sum.unsent == 0;
}

std::string result::complaint() const {
  std::string line;
  const auto add = [&](std::uint64_t count, std::string_view what, std::string_view of) {
    if (count == 0) return;
    if (!line.empty()) line += ", ";
    line += grouped(count) + std::string{of} + std::string{what};
  };
  for (std::size_t i = 0; i < mishap_kinds; ++i) {
    const auto kind = static_cast<mishap>(i);
    if (kind != mishap::wrong_status) add(sum.mishaps[i], words_of(kind), " connections ");
  }
  add(wrong_status(), "had another status than " + std::to_string(options.status), " answers ");
  if (signal == 0) {  // else it was the swarm that did not wait for them
    add(unanswered(), "got no answer", " messages ");
    add(sum.unsent, "could not be sent while they were due, because the server did not keep up",
        " messages ");
  }
  if (!line.empty() && !sum.first.empty()) line += " (the first: " + sum.first + ")";
  return line;
}

exit_code result::code() const noexcept {
  if (signal != 0) return static_cast<exit_code>(128 + signal);
  return good() ? exit_code::ok : exit_code::failed;
}

}  // namespace aside_app::load
