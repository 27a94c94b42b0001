#include "demo/server_report.hpp"

#include <nlohmann/json.hpp>

namespace aside_app {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(percentiles, p50, p99, p999)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(server_report, at, port, engine, engine_reason,
                                                workers, subscribers, posts, wakes, wake_us,
                                                context_switches, processor_seconds, note, error,
                                                code)

std::string to_line(const server_report& report) { return nlohmann::json(report).dump() + "\n"; }

std::optional<server_report> server_report_from(std::string_view line) {
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed.get<server_report>();
}

}  // namespace aside_app
