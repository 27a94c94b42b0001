#include "ask/ask.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "ask/calibration.hpp"
#include "ask/estimate.hpp"
#include "ask/page.hpp"
#include "ask/report.hpp"
#include "ask/result_json.hpp"
#include "ask/session.hpp"
#include "ask/words.hpp"
#include "exit_code.hpp"
#include "system/output.hpp"

namespace aside_app {
namespace {

using namespace ask;

constexpr int failed_on_verdict = 3;

[[noreturn]] void fail_to_write(const std::string& path) {
  throw failure{exit_code::environment,
                "aside ask: can't write " + path + ": " + std::strerror(errno)};
}

/// Found out before the program is started, not after it has run for an hour.
void expect_writable(const std::string& path) {
  if (path.empty() || path == "-") return;
  struct stat what{};
  const bool is_new = stat(path.c_str(), &what) != 0;
  // Whoever reads a pipe would take the end of this try for the end of all.
  if (!is_new && S_ISFIFO(what.st_mode)) return;
  if (!std::ofstream{path, std::ios::app}) fail_to_write(path);
  if (is_new) unlink(path.c_str());
}

void put_file(const std::string& path, const std::string& text) {
  if (path == "-") {
    put_line(STDOUT_FILENO, text);
    return;
  }
  std::ofstream file{path};
  file << text << '\n';
  file.close();
  if (!file) fail_to_write(path);
}

struct answer {
  measurement found;
  verdict given;
};

answer ask_once(const ask_options& options) {
  answer one;
  one.found = watch(options);
  one.given = judge(one.found);
  return one;
}

/// Of several runs that of the first that failed, so that no failure is lost.
int exit_status_of(const std::vector<answer>& answers) {
  const auto failed = std::find_if(answers.begin(), answers.end(), [](const answer& each) {
    return each.found.exit_status != 0;
  });
  return failed == answers.end() ? 0 : failed->found.exit_status;
}

/// What comes from outside (arguments, names of functions) need not be UTF-8.
std::string text_of(const nlohmann::json& result, int indent) {
  return result.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string line_of(unsigned run, const answer& one) {
  return "run " + std::to_string(run) + ": " + std::string{one.given.code} + ", " +
         seconds_text(one.found.wall) + ", " + confidence_in_words(one.given);
}

}  // namespace

int ask_about(const ask_options& options) {
  expect_writable(options.json);
  expect_writable(options.html);
  std::vector<answer> answers;
  for (unsigned run = 1; run <= options.repeat; ++run) {
    answers.push_back(ask_once(options));
    if (options.repeat > 1) put_line(STDERR_FILENO, line_of(run, answers.back()));
    if (answers.back().found.end == ending::interrupted) break;
  }
  // Of several runs the one whose verdict most of them share speaks for all; of those, the middle.
  const auto votes = [&](std::string_view code) {
    return std::count_if(answers.begin(), answers.end(),
                         [&](const answer& each) { return each.given.code == code; });
  };
  const auto most = std::max_element(
      answers.begin(), answers.end(),
      [&](const answer& a, const answer& b) { return votes(a.given.code) < votes(b.given.code); });
  const auto agreeing = votes(most->given.code);
  auto middle = most;
  for (auto left = (agreeing - 1) / 2; left > 0; --left)
    middle = std::find_if(middle + 1, answers.end(),
                          [&](const answer& each) { return each.given.code == most->given.code; });
  const auto& shown = *middle;

  waiting_cost cost;
  if (speaks_of_memory(shown.found)) cost = measured_cost();
  const auto estimates = estimates_for(shown.given, shown.found, cost);
  // Files come before the report: whoever reads that may end any time.
  auto result = json_of(shown.given, shown.found, estimates, cost);
  if (answers.size() > 1) {
    auto runs = nlohmann::json::array();
    for (const auto& each : answers)
      runs.push_back({{"code", each.given.code}, {"wall_s", each.found.wall}});
    result["runs"] = runs;
    result["runs_agree"] = agreeing;
  }
  const bool to_output = options.json == "-";
  if (!options.json.empty() && !to_output) put_file(options.json, text_of(result, 2));
  if (!options.html.empty()) put_file(options.html, page_of(shown.given, shown.found, estimates));
  for (const auto& line : report_of(shown.given, shown.found, estimates, manner::of(STDERR_FILENO)))
    put_line(STDERR_FILENO, line);
  if (answers.size() > 1)
    put_line(STDERR_FILENO, "  " + std::to_string(agreeing) + " of " +
                                std::to_string(answers.size()) + " runs say " +
                                std::string{shown.given.code});
  if (options.why)
    for (const auto& line : reasons_of(shown.given, shown.found))
      put_line(STDERR_FILENO, line);
  if (to_output) put_file(options.json, text_of(result, -1));
  const bool is_failure =
      std::any_of(options.fail_on.begin(), options.fail_on.end(),
                  [&](const std::string& each) { return matches(shown.given.code, each); });
  return is_failure ? failed_on_verdict : exit_status_of(answers);
}

}  // namespace aside_app
