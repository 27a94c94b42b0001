#include "swarm/swarm_report.hpp"

#include <nlohmann/json.hpp>

namespace aside_app {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(percentiles, p50, p99, p999)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(swarm_report, phase, engine, engine_reason,
                                                subscribers, talkers, refused, lost, sent, received,
                                                delivered, seconds_to_open, messages_per_second,
                                                latency_us, refusal, error, code)

std::string to_line(const swarm_report& report) { return nlohmann::json(report).dump() + "\n"; }

std::string result_line(const swarm_report& found) {
  nlohmann::json all = found;
  if (found.received == 0)
    for (auto& each : all["latency_us"])
      each = nullptr;
  return all.dump() + "\n";
}

std::optional<swarm_report> swarm_report_from(std::string_view line) {
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed.get<swarm_report>();
}

}  // namespace aside_app
