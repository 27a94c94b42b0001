#include <nlohmann/json.hpp>

#include "swarm/load/result.hpp"

namespace aside_app::load {
namespace {

using json = nlohmann::ordered_json;

/// Null what there is not.
json only_if(bool there_is, json value) { return there_is ? std::move(value) : json(nullptr); }

json figures_of(const histogram& of, bool there_are) {
  const auto us = [&](double share) {
    return only_if(there_are, static_cast<double>(of.at(share).count()) / 1000);
  };
  return {{"count", there_are ? of.count() : 0}, {"p50", us(0.5)},   {"p90", us(0.9)},
          {"p99", us(0.99)},     {"p99_9", us(0.999)}, {"max", us(1)}};
}

}  // namespace

std::string json_of(const result& found) {
  const auto& asked = found.options;
  const auto& sum = found.sum;
  const bool tcp = asked.protocol == protocol::tcp;
  json all;
  all["protocol"] = tcp ? "tcp" : "http";
  all["target"] = asked.target;
  all["loop"] = asked.open_loop() ? "open" : "closed";
  all["rate"] = asked.open_loop() ? json(asked.rate) : json(nullptr);
  all["in_flight"] = asked.open_loop() ? json(nullptr) : json(asked.in_flight);
  all["size"] = tcp ? json(asked.size) : json(nullptr);
  all["engine"] = sum.engine;
  all["processes"] = asked.processes;
  all["workers"] = sum.workers;
  all["connections"] = {{"asked", asked.connections},
                        {"open", sum.busy},
                        {"idle_asked", asked.idle},
                        {"idle_open", sum.idle},
                        {"lost", found.lost()},
                        {"reopened", sum.reopened},
                        {"seconds_to_open", sum.seconds_to_open}};
  all["measured_seconds"] = sum.measured_seconds;
  all["messages"] = {{"due", only_if(asked.open_loop(), found.due())},
                     {"sent", sum.sent},
                     {"answered", sum.answered},
                     {"wrong_status", sum.refusals},
                     {"unanswered", found.unanswered()},
                     {"unsent", sum.unsent}};
  all["messages_per_second"] = only_if(found.measured(), found.messages_per_second());
  all["bytes_verified"] = sum.bytes;
  all["latency_us"] = figures_of(found.latency, found.has_latency());
  all["late_us"] =
      only_if(asked.open_loop(), figures_of(found.late, found.late.count() > 0));
  json errors;
  for (std::size_t i = 1; i < mishap_kinds; ++i)
    errors[std::string{mishap_names[i]}] = sum.mishaps[i];
  all["errors"] = errors;
  all["first_error"] = sum.first.empty() ? json(nullptr) : json(sum.first);
  const auto limit = found.own_limit();
  all["swarm"] = {{"processor_share", only_if(found.measured(), found.processor_share)},
                  {"machine_idle_share", only_if(found.measured(), found.idle_share)},
                  {"was_the_limit", !limit.empty()},
                  {"why", limit.empty() ? json(nullptr) : json(limit)}};
  all["interrupted"] = found.signal != 0;
  all["given_up"] = found.given_up.empty() ? json(nullptr) : json(found.given_up);
  return all.dump();
}

}  // namespace aside_app::load
