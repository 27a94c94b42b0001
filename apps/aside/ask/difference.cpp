#include <fmt/format.h>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ask/ask.hpp"
#include "ask/words.hpp"
#include "exit_code.hpp"
#include "text/number.hpp"

namespace aside_app {
namespace {

using nlohmann::json;

json result_in(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw failure{exit_code::bad_usage, "aside ask diff: can't read " + path};
  auto result = json::parse(file, nullptr, false);
  if (!result.is_object() || !result.contains("verdict") || !result.contains("wall_s") ||
      result.value("schema", 0) != 1)
    throw failure{exit_code::bad_usage,
                  "aside ask diff: " + path + " is no result of aside ask --json"};
  return result;
}

std::string row(const std::string& label, const std::string& before, const std::string& after,
                const std::string& remark = {}) {
  return fmt::format("  {}{}{}{}{}\n", padded_right(label, 18), padded_right(before, 24),
                     padded_right(after, remark.empty() ? 0 : 24), remark.empty() ? "" : " ",
                     remark);
}

std::string ratio_text(double before, double after) {
  if (before <= 0 || after <= 0) return {};
  const double factor = before / after;
  if (factor > 0.98 && factor < 1.02) return "the same";
  return factor > 1 ? fmt::format("{:.3g} times less", factor)
                    : fmt::format("{:.3g} times more", 1 / factor);
}

std::string seconds_row(const std::string& label, double before, double after) {
  return row(label, ask::seconds_text(before), ask::seconds_text(after), ratio_text(before, after));
}

double number_in(const json& from, const char* object, const char* key) {
  return from.value(object, json::object()).value(key, 0.0);
}

}  // namespace

std::string difference_of(const std::string& before_path, const std::string& after_path) {
  try {
    const auto before = result_in(before_path);
    const auto after = result_in(after_path);
    const auto code = [](const json& of) { return of["verdict"].value("code", std::string{"?"}); };
    std::string text = code(before) == code(after) ? "Still " + code(before)
                                                   : code(before) + " has become " + code(after);
    text += ", " + [&] {
      const auto ratio = ratio_text(before.value("wall_s", 0.0), after.value("wall_s", 0.0));
      return ratio == "the same" ? std::string{"in the same time"} : "in " + ratio + " time";
    }() + ".\n\n";
    text += row("", before_path, after_path);
    text += seconds_row("time", before.value("wall_s", 0.0), after.value("wall_s", 0.0));
    text += seconds_row("processor time", before.value("cpu_s", 0.0), after.value("cpu_s", 0.0));
    const auto waits = [](const json& of) { return number_in(of, "waits", "count"); };
    text += row("waits", grouped(waits(before)), grouped(waits(after)),
                ratio_text(waits(before), waits(after)));
    const auto threads = [](const json& of) { return number_in(of, "threads", "count"); };
    text += row("threads", grouped(threads(before)), grouped(threads(after)),
                ratio_text(threads(before), threads(after)));
    for (const auto& [name, share] : before.value("shares", json::object()).items()) {
      const double now = number_in(after, "shares", name.c_str());
      const double then = share.get<double>();
      if (std::max(now, then) >= 0.02)
        text += row("share of " + name, ask::percent_text(then), ask::percent_text(now));
    }
    if (before.value("mode", "") != after.value("mode", ""))
      text +=
          "  One was measured exactly and the other sampled: counts of waits differ for that "
          "alone.\n";
    return text;
  } catch (const json::exception& wrong) {
    throw failure{
        exit_code::bad_usage,
        std::string{"aside ask diff: a field is not as --json writes it: "} + wrong.what()};
  }
}

}  // namespace aside_app
