#include "swarm/state.hpp"

namespace aside_app {

swarm_state::swarm_state(const swarm_options& asked)
    : options{asked}, gates{std::make_unique<talker_gate[]>(asked.talkers)} {}

void swarm_state::refuse(const std::string& why) {
  const std::lock_guard lock{guard_};
  if (too_late_) return;
  keep_reason(why);
  refused.fetch_add(1);
}

void swarm_state::refuse_the_rest(const std::string& why) {
  const std::lock_guard lock{guard_};
  too_late_ = true;
  const auto come = subscribers.load() + talkers.load() + refused.load();
  if (come == options.connections) return;
  keep_reason(why);
  refused.fetch_add(options.connections - come);
}

void swarm_state::lose(const std::string& why) {
  if (closing.load()) return;
  {
    const std::lock_guard lock{guard_};
    keep_reason(why);
  }
  lost.fetch_add(1);
  changed.set();
}

bool swarm_state::subscribed(std::uint32_t id) {
  const std::lock_guard lock{guard_};
  if (too_late_) return false;
  targets.push_back(id);
  subscribers.fetch_add(1);
  return true;
}

bool swarm_state::is_talker() {
  const std::lock_guard lock{guard_};
  if (!too_late_) talkers.fetch_add(1);
  return !too_late_;
}

/// Under the lock.
void swarm_state::keep_reason(const std::string& why) {
  if (refusal_.empty()) refusal_ = why;
}

std::string swarm_state::source_of(std::size_t index) const {
  constexpr std::size_t from_one_address = 20'000;
  if (index < from_one_address || !options.target.starts_with("127.")) return {};
  return "127.0.0." + std::to_string(1 + index / from_one_address);
}

swarm_report swarm_state::report(const std::string& phase) const {
  swarm_report now;
  now.phase = phase;
  now.subscribers = subscribers.load();
  now.talkers = talkers.load();
  now.refused = refused.load();
  now.lost = lost.load();
  now.sent = sent.load();
  now.received = received.load();
  now.delivered = delivered.load();
  now.seconds_to_open = seconds_to_open_.load();
  now.messages_per_second = messages_per_second_.load();
  now.latency_us = percentiles_of(latency);
  const std::lock_guard lock{guard_};
  now.refusal = refusal_;
  return now;
}

}  // namespace aside_app
