#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "ask/ask.hpp"
#include "ask/words.hpp"
#include "exit_code.hpp"
#include "text/number.hpp"

namespace aside_app {
namespace {

using nlohmann::json;

constexpr std::size_t fewest_label_columns = 18;
constexpr std::size_t most_label_columns = 40;
constexpr std::size_t value_columns = 24;

/// Shares below this, of time or of waits, are not worth a row.
constexpr double worth_a_row = 0.02;

json result_in(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw failure{exit_code::bad_usage, "aside ask diff: can't read " + path};
  auto result = json::parse(file, nullptr, false);
  const auto is = [&](const char* key, auto kind) {
    return result.contains(key) && (result[key].*kind)();
  };
  if (!result.is_object() || !is("verdict", &json::is_object) || !is("wall_s", &json::is_number) ||
      !is("schema", &json::is_number_integer) || result["schema"] != 1)
    throw failure{exit_code::bad_usage,
                  "aside ask diff: " + path + " is no result of aside ask --json"};
  return result;
}

struct row {
  std::string label;
  std::string before;
  std::string after;
  std::string remark;
};

/// Without its first part when it is too long: the end of a path tells more.
std::string end_of(const std::string& text, std::size_t columns) {
  return text.size() <= columns ? text : "..." + text.substr(text.size() - (columns - 3));
}

std::string start_of(const std::string& text, std::size_t columns) {
  return text.size() <= columns ? text : text.substr(0, columns - 3) + "...";
}

std::string table(const std::vector<row>& rows) {
  std::size_t wide = fewest_label_columns;
  for (const auto& each : rows)
    wide = std::max(wide, std::min(columns_of(each.label) + 1, most_label_columns));
  std::string text;
  for (const auto& each : rows) {
    auto line =
        fmt::format("  {}{}{} {}", padded_right(start_of(each.label, wide - 1), wide),
                    padded_right(each.before, value_columns),
                    padded_right(each.after, each.remark.empty() ? 0 : value_columns), each.remark);
    while (line.ends_with(' '))
      line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string ratio_text(double before, double after) {
  if (before <= 0 || after <= 0) return {};
  const double factor = before / after;
  if (factor > 0.98 && factor < 1.02) return "the same";
  return factor > 1 ? fmt::format("{:.3g} times less", factor)
                    : fmt::format("{:.3g} times more", 1 / factor);
}

json part_of(const json& from, const char* key) {
  const auto found = from.find(key);
  return found == from.end() || found->is_null() ? json::object() : *found;
}

/// Its elements; none when it is missing or null, as what could not be told is.
std::vector<json> list_in(const json& from, const char* key) {
  const auto found = from.find(key);
  if (found == from.end() || !found->is_array()) return {};
  return found->get<std::vector<json>>();
}

double number_in(const json& from, const char* object, const char* key) {
  return part_of(from, object).value(key, 0.0);
}

/// Compares two results, of which each row is taken by the same reader.
class comparison {
 public:
  comparison(const json& before, const json& after) : before_{before}, after_{after} {}

  template <class Read, class Write>
  void add(const std::string& label, Read read, Write write) {
    const double then = read(before_);
    const double now = read(after_);
    rows_.push_back({label, write(then), write(now), ratio_text(then, now)});
  }

  template <class Read>
  void add_count(const std::string& label, Read read) {
    add(label, read, [](double value) { return grouped(value); });
  }

  void add_share(const std::string& label, double then, double now) {
    if (std::max(then, now) >= worth_a_row)
      rows_.push_back({label, ask::percent_text(then), ask::percent_text(now), {}});
  }

  void add_words(const std::string& label, const std::string& then, const std::string& now) {
    if (!then.empty() || !now.empty())
      rows_.push_back({label, then.empty() ? "-" : then, now.empty() ? "-" : now, {}});
  }

  const json& before() const noexcept { return before_; }
  const json& after() const noexcept { return after_; }
  const std::vector<row>& rows() const noexcept { return rows_; }

 private:
  const json& before_;
  const json& after_;
  std::vector<row> rows_;
};

void add_times(comparison& to) {
  const auto value_of = [](const char* key) {
    return [key](const json& of) { return of.value(key, 0.0); };
  };
  to.add("time", value_of("wall_s"), ask::seconds_text);
  to.add("processor time", value_of("cpu_s"), ask::seconds_text);
  to.add(
      "cores used", [](const json& of) { return number_in(of, "concurrency", "running"); },
      [](double value) { return fmt::format("{:.2f}", value); });
  to.add_count("threads", [](const json& of) { return number_in(of, "threads", "count"); });
}

void add_waits(comparison& to) {
  to.add_count("waits", [](const json& of) { return number_in(of, "waits", "count"); });
  to.add(
      "each", [](const json& of) { return number_in(of, "waits", "mean_ms") / 1000; },
      ask::seconds_text);
  to.add(
      "at once",
      [](const json& of) {
        const auto counted = part_of(of, "waits").value("for", std::string{});
        return number_in(part_of(of, "concurrency"), "waiting_at_once", counted.c_str());
      },
      [](double value) { return fmt::format("{:.3g}", value); });
  const auto first_peer = [](const json& of) {
    const auto peers = list_in(of, "peers");
    return peers.empty() ? std::string{} : end_of(peers.front().get<std::string>(), 23);
  };
  to.add_words("waited for", first_peer(to.before()), first_peer(to.after()));
}

void add_tasks(comparison& to) {
  if (part_of(to.before(), "tasks").empty() && part_of(to.after(), "tasks").empty()) return;
  const auto mean = [](double value) {
    return value < 10 ? fmt::format("{:.2g}", value) : grouped(value);
  };
  for (const auto* each : {"waiting", "ready", "running", "most"})
    to.add(
        std::string{"tasks "} + (std::string_view{each} == "most" ? "at most" : each),
        [each](const json& of) { return number_in(of, "tasks", each); }, mean);
}

void add_memory(comparison& to) {
  for (const auto& [kind, label] : {std::pair{"thread_bytes", "held by waiting"},
                                    std::pair{"task_bytes", "the same as tasks"}}) {
    const auto bytes = [wanted = kind](const json& of) {
      for (const auto& each : list_in(of, "estimates"))
        if (each.value("kind", std::string{}) == wanted) return each.value("at_most", 0.0);
      return 0.0;
    };
    if (bytes(to.before()) > 0 || bytes(to.after()) > 0)
      to.add(label, bytes, [](double value) { return value > 0 ? bytes_text(value) : "-"; });
  }
}

void add_shares(comparison& to) {
  const auto shares = part_of(to.before(), "shares");
  for (const auto& [name, share] : shares.items())
    to.add_share("share of " + name, share.get<double>(),
                 number_in(to.after(), "shares", name.c_str()));
}

/// Lines move when a program is changed; functions keep their names, mostly.
void add_functions(comparison& to) {
  std::map<std::string, std::pair<double, double>> shares;
  for (const auto& each : list_in(to.before(), "places"))
    shares[each.at("function").get<std::string>()].first += each.value("share", 0.0);
  for (const auto& each : list_in(to.after(), "places"))
    shares[each.at("function").get<std::string>()].second += each.value("share", 0.0);
  std::vector<std::pair<std::string, std::pair<double, double>>> order{shares.begin(),
                                                                       shares.end()};
  const auto largest = [](const auto& of) { return std::max(of.second.first, of.second.second); };
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::pair{-largest(a), a.first} < std::pair{-largest(b), b.first};
  });
  for (const auto& [function, both] : order)
    to.add_share("waits near " + function, both.first, both.second);
}

std::string first_line(const json& before, const json& after) {
  const auto code = [](const json& of) { return of["verdict"].value("code", std::string{"?"}); };
  const auto ratio = ratio_text(before.value("wall_s", 0.0), after.value("wall_s", 0.0));
  return (code(before) == code(after) ? "Still " + code(before)
                                      : code(before) + " has become " + code(after)) +
         (ratio == "the same" ? ", in the same time" : ", in " + ratio + " time") + ".\n\n";
}

std::string doubts(const json& before, const json& after) {
  std::string text;
  if (before.value("mode", "") != after.value("mode", ""))
    text +=
        "  One was measured exactly and the other sampled: counts of waits differ for that "
        "alone.\n";
  for (const auto& [of, name] : {std::pair{&before, "first"}, std::pair{&after, "second"}})
    if ((*of)["verdict"].value("confidence", std::string{}) == "close call")
      text +=
          fmt::format("  The {} was a close call with {}: run it again before you believe it.\n",
                      name, (*of)["verdict"].value("runner_up", std::string{"another"}));
  return text;
}

}  // namespace

std::string difference_of(const std::string& before_path, const std::string& after_path) {
  try {
    const auto before = result_in(before_path);
    const auto after = result_in(after_path);
    comparison both{before, after};
    both.add_words("", end_of(before_path, 23), end_of(after_path, 23));
    const auto advice = [](const json& of) { return of["verdict"].value("advice", std::string{}); };
    both.add_words("advice", advice(before), advice(after));
    add_times(both);
    add_waits(both);
    add_tasks(both);
    add_memory(both);
    add_shares(both);
    add_functions(both);
    return first_line(before, after) + table(both.rows()) + doubts(before, after);
  } catch (const json::exception& wrong) {
    throw failure{
        exit_code::bad_usage,
        std::string{"aside ask diff: a field is not as --json writes it: "} + wrong.what()};
  }
}

}  // namespace aside_app
