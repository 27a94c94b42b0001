#include "swarm/load/report.hpp"

#include <nlohmann/json.hpp>

namespace aside_app::load {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(report, phase, engine, engine_reason, workers, busy,
                                                idle, reopened, seconds_to_open, sent, answered,
                                                refusals, unsent,
                                                arrived, bytes, measured_seconds,
                                                processor_seconds, mishaps, first, latency, late,
                                                error, code)

std::string to_line(const report& now) { return nlohmann::json(now).dump() + "\n"; }

std::optional<report> report_from(std::string_view line) {
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed.get<report>();
}

}  // namespace aside_app::load
