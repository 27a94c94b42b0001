#include "swarm/load/state.hpp"

#include "swarm/load/http_dialogue.hpp"

namespace aside_app::load {
namespace {

std::size_t largest_window(const options& asked) {
  return asked.protocol == protocol::tcp ? asked.size * asked.in_flight : 0;
}

}  // namespace

state::state(const load::options& asked)
    : options{asked},
      busy_asked{asked.mine(asked.connections)},
      idle_asked{asked.mine(asked.idle)},
      schedule{asked.open_loop() ? asked.rate : 1, asked.connections},
      gates{std::make_unique<aside::event[]>(busy_asked)},
      messages_{largest_window(asked)} {
  const auto one = get_request(asked.target, asked.path);
  request_size_ = one.size();
  if (asked.protocol == protocol::http)
    for (std::size_t i = 0; i < asked.in_flight; ++i)
      requests_ += one;
}

void state::set_times(clock::time_point begin) noexcept {
  begin_.store(begin.time_since_epoch().count());
  until_.store((begin + options.warm_up + options.duration).time_since_epoch().count());
}

void state::end_by(clock::time_point when) noexcept {
  const auto asked = when.time_since_epoch().count();
  auto known = until_.load();
  while (asked < known && !until_.compare_exchange_weak(known, asked)) {
  }
}

std::unique_ptr<dialogue> state::dialogue_of(std::size_t index) const {
  if (options.protocol == protocol::tcp)
    return std::make_unique<echo_dialogue>(messages_, options.size, options.number_of(index));
  return std::make_unique<http_dialogue>(requests_, request_size_, options.status);
}

std::string state::source_of(std::size_t index) const {
  const auto number = options.number_of(index);
  if (!options.sources.empty()) return options.sources[number % options.sources.size()];
  // One address has ports for about 28,000 connections to a target; the kernel finds the first 12,000
  // of them quickly.
  constexpr std::size_t from_one_address = 12'000;
  if (number < from_one_address || !options.target.starts_with("127.")) return {};
  const auto host = 1 + number / from_one_address;
  return "127.0." + std::to_string(host / 250) + "." + std::to_string(1 + host % 250);
}

void state::fail(mishap what, const std::string& why) {
  if (closing.load()) return;
  {
    const std::lock_guard lock{guard_};
    if (first_.empty()) first_ = why;
  }
  mishaps_[static_cast<std::size_t>(what)].fetch_add(1);
  changed.set();
}

load::report state::report(const std::string& phase) const {
  load::report now;
  now.phase = phase;
  now.busy = busy.load();
  now.idle = idle.load();
  now.reopened = reopened.load();
  now.seconds_to_open = seconds_to_open_.load();
  now.sent = sent.load();
  now.answered = answered.load();
  now.refusals = refusals.load();
  now.unsent = unsent.load();
  now.arrived = arrived.load();
  now.bytes = bytes.load();
  for (std::size_t i = 0; i < mishap_kinds; ++i)
    now.mishaps[i] = mishaps_[i].load();
  const std::lock_guard lock{guard_};
  now.first = first_;
  return now;
}

}  // namespace aside_app::load
