#include <array>
#include <utility>

#include "swarm/load/result.hpp"
#include "text/number.hpp"

namespace aside_app::load {
namespace {

constexpr std::size_t columns = 80;

std::string us(const histogram& of, double share) {
  return grouped(static_cast<double>(of.at(share).count()) / 1000) + " us";
}

/// What became of the messages when none was answered as it should be.
std::string nothing_answered(const result& found) {
  const bool open = found.options.open_loop();
  const auto of = open ? found.due() : found.sum.sent;
  const auto in_time = " in " + grouped(found.sum.measured_seconds, 1) + " s";
  if (of == 0)
    return std::string{"nothing: no message was "} + (open ? "due" : "sent") + in_time +
           (found.options.warm_up.count() > 0 ? ", after the warm-up" : "");
  auto text = "none of " + grouped(of) + " messages " + (open ? "due" : "sent") + in_time;
  if (open) text += ", of which " + grouped(found.sum.sent) + " could be sent";
  if (found.sum.refusals > 0)
    text += "; " + grouped(found.sum.refusals) + " had another answer than was wanted";
  return text;
}

}  // namespace

std::vector<std::string> lines_of(const result& found) {
  std::vector<std::string> lines;
  const auto& sum = found.sum;
  const auto put = [&](std::string_view label, const std::string& text) {
    lines.push_back(padded_right(label, 14) + text);
  };
  if (!found.measured()) {
    lines.emplace_back(
        found.signal != 0
            ? "nothing was measured: it was interrupted before the warm-up was over"
            : "nothing was measured: every connection was lost before the warm-up was over");
    return lines;
  }
  const bool open = found.options.open_loop();
  if (found.has_latency()) {
    put("answered", grouped(sum.answered) + " messages in " + grouped(sum.measured_seconds, 1) +
                        " s, " + grouped(found.messages_per_second()) + " a second");
    put("latency", open ? "from when each was due" : "from when each was sent");
    constexpr std::array<std::pair<const char*, double>, 5> shown{
        {{"50 %", 0.5}, {"90 %", 0.9}, {"99 %", 0.99}, {"99.9 %", 0.999}, {"max", 1}}};
    for (const auto& [label, share] : shown)
      put("", padded_right(label, 8) + padded_left(us(found.latency, share), 16));
  } else {
    put("answered", nothing_answered(found));
    put("latency", "none, as there was no answer to measure");
  }
  if (open && found.late.count() > 0)
    put("sent late", "half by " + us(found.late, 0.5) + ", 99 % by " + us(found.late, 0.99) +
                         ", all by " + us(found.late, 1) +
                         (found.has_latency() ? ": counted above" : ""));
  put("the swarm", grouped(found.processor_share * 100) + " % of " +
                       (found.options.processes > 1 ? "its busiest process's" : "its") +
                       " processor time; the machine was " + grouped(found.idle_share * 100) +
                       " % idle");
  if (sum.reopened > 0)
    put("reopened", grouped(std::uint64_t{sum.reopened}) +
                        " connections that the server had said it would close");
  std::vector<std::string> wrapped_lines;
  for (const auto& line : lines)
    wrapped_lines.push_back(columns_of(line) <= columns ? line : wrapped(line, columns));
  return wrapped_lines;
}

}  // namespace aside_app::load
