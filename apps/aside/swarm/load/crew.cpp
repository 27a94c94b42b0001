#include "swarm/load/crew.hpp"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <string>

#include "exit_code.hpp"

namespace aside_app::load {
namespace {

std::string milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()) + "ms"; }

std::vector<std::string> words_for(const options& asked, std::size_t share) {
  const bool tcp = asked.protocol == protocol::tcp;
  std::vector<std::string> words{"swarm", tcp ? "tcp" : "http", "--controlled", "--parent",
                                 std::to_string(getpid())};
  const auto add = [&](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  add("--share", std::to_string(share));
  add("--target", asked.target);
  add("--connections", std::to_string(asked.connections));
  add("--idle", std::to_string(asked.idle));
  add("--processes", std::to_string(asked.processes));
  for (const auto& each : asked.sources)
    add("--source", each);
  if (asked.ramp > 0) add("--ramp", std::to_string(asked.ramp));
  if (asked.open_loop()) {
    add("--rate", std::to_string(asked.rate));
  } else {
    add("--in-flight", std::to_string(asked.in_flight));
    if (asked.think.count() > 0) add("--think", milliseconds(asked.think));
  }
  add("--warm-up", milliseconds(asked.warm_up));
  add("--for", milliseconds(asked.duration));
  add("--timeout", milliseconds(asked.patience));
  if (tcp) {
    add("--size", std::to_string(asked.size));
  } else {
    add("--path", asked.path);
    add("--status", std::to_string(asked.status));
  }
  add("--engine", asked.engine);
  add("--workers", std::to_string(asked.workers));
  return words;
}

/// Where a phase stands in the order in which they come.
std::size_t place_of(std::string_view phase) noexcept {
  constexpr std::array<std::string_view, 6> all{"opening", "open",  "warm_up",
                                                "load",    "drain", "done"};
  const auto at = std::find(all.begin(), all.end(), phase);
  return at == all.end() ? 0 : static_cast<std::size_t>(at - all.begin()) + 1;
}

}  // namespace

crew::crew(const options& asked) : reports_(asked.processes) {
  for (std::size_t share = 0; share < asked.processes; ++share)
    children_.push_back(std::make_unique<child_process>(
        "process " + std::to_string(share + 1) + " of the swarm", words_for(asked, share)));
}

void crew::tell(std::string_view order) noexcept {
  for (const auto& each : children_)
    each->tell(order);
}

void crew::listen(int stop, std::chrono::milliseconds at_most) {
  std::vector<pollfd> watched{{stop, POLLIN, 0}};
  for (const auto& each : children_)
    watched.push_back({each->over() ? -1 : each->output(), POLLIN, 0});
  poll(watched.data(), watched.size(), static_cast<int>(at_most.count()));
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (children_[i]->over()) continue;
    children_[i]->pump();
    take_lines(i);
  }
}

void crew::take_lines(std::size_t index) {
  auto& child = *children_[index];
  auto& known = reports_[index];
  while (const auto line = child.line()) {
    auto said = report_from(*line);
    if (!said) continue;
    if (!said->error.empty())
      throw failure{static_cast<exit_code>(said->code), said->error};
    known = std::move(*said);
  }
  if (!child.over() || known.phase == "done") return;
  throw failure{exit_code::child_ended,
                child.name() + " has ended (" + std::to_string(child.wait()) +
                    ") before it was done; the system may be short of memory: try fewer "
                    "--connections"};
}

bool crew::all_are(std::string_view phase) const noexcept {
  const auto wanted = place_of(phase);
  return std::all_of(reports_.begin(), reports_.end(),
                     [&](const report& each) { return place_of(each.phase) >= wanted; });
}

}  // namespace aside_app::load
