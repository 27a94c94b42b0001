#include "ask/command_line.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <string_view>

#include "ask/ask.hpp"
#include "ask/verdict.hpp"
#include "exit_code.hpp"
#include "system/duration.hpp"
#include "system/output.hpp"

namespace aside_app {
namespace {

constexpr auto description =
    "busy or waiting? runs any program and says why it is as slow as it is";

constexpr auto footer = R"(aside ask [options] [--] PROGRAM [arguments...]
aside ask [options] --pid PID
aside ask diff BEFORE.json AFTER.json

Examples:
  aside ask -- python3 fetch.py          its input, output and exit code stay its own
  aside ask --pid 4711 --for 5s          a program that runs already
  aside ask --json before.json -- make   and later: aside ask diff before.json after.json
  aside ask --fail-on lock,queued -- ./benchmark
  aside ask --explain waiting.many

Exact where perf events are allowed (kernel.perf_event_paranoid 2 or less), else sampled; the last
line says which.

Exit codes: the program's own (of several runs the first that is not 0), 128 + signal when one ended
it, 0 after --pid, and
  2    unknown option, no such process
  3    the verdict is one of --fail-on
  4    not permitted, a FILE can't be written, or the system gives no files or processes
  7    the program's own is 0, but stdout can't be written: the output is lost
  126  the program can't be run
  127  there is no such program)";

constexpr std::array<std::string_view, 7> options_with_values{
    "--pid", "--for", "--json", "--html", "--repeat", "--fail-on", "--explain"};

CLI::Validator duration_into(std::chrono::milliseconds& into) {
  return {[&into](const std::string& text) {
            const auto parsed = duration_from(text);
            if (!parsed) return "'" + text + "' is no duration: write 20s, 1500ms or 2m";
            into = *parsed;
            return std::string{};
          },
          "", ""};
}

/// CLI11 would print the limits instead of what is meant.
CLI::Validator range(unsigned from, unsigned to) {
  CLI::Validator check = CLI::Range(from, to);
  return check.description("");
}

[[noreturn]] void refuse(const std::string& line) {
  throw failure{exit_code::bad_usage, "aside ask: " + line};
}

void check_codes(const std::vector<std::string>& codes) {
  for (const auto& each : codes) {
    const bool known = std::any_of(ask::all_codes().begin(), ask::all_codes().end(),
                                   [&](std::string_view code) { return ask::matches(code, each); });
    if (!known) explanation_of(each);  // says which there are
  }
}

}  // namespace

std::vector<std::string> cut_program(std::vector<std::string>& words) {
  if (words.empty() || words.front() != "ask") return {};
  std::size_t at = 1;
  for (; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (word == "--") break;
    if (word == "diff" && at == 1) return {};
    if (word.size() < 2 || word.front() != '-') break;
    const bool takes_next = std::find(options_with_values.begin(), options_with_values.end(),
                                      word) != options_with_values.end();
    if (takes_next) ++at;
  }
  if (at >= words.size()) return {};
  const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
  std::vector<std::string> program{first, words.end()};
  words.erase(first, words.end());
  if (program.front() == "--") program.erase(program.begin());
  return program;
}

ask_verb::ask_verb(CLI::App& program) : verb_{*program.add_subcommand("ask", description)} {
  verb_.footer(footer);
  verb_.add_option("--pid", options_.pid, "look at a process that runs already")
      ->type_name("PID")
      ->check(range(1, 1u << 22));
  verb_
      .add_option("--for",
                  "end after this time (20s, 2m): a program is asked to end, a process left alone; "
                  "with --pid 10s if not given")
      ->type_name("TIME")
      ->check(duration_into(time_));
  verb_.add_option("--repeat", options_.repeat, "run it so often and judge the most usual run")
      ->type_name("TIMES")
      ->check(range(1, 1'000))
      ->capture_default_str();
  verb_.add_flag("--why", options_.why, "also the rule that decided, its numbers and its limits");
  verb_.add_option("--json", options_.json, "all figures into FILE; - is stdout")
      ->type_name("FILE");
  verb_.add_option("--html", options_.html, "a page with pictures into FILE")->type_name("FILE");
  verb_.add_option("--fail-on", options_.fail_on, "exit code 3 for these verdicts (lock,queued)")
      ->type_name("CODE")
      ->delimiter(',');
  verb_.add_option("--explain", explain_, "what a verdict means and what to do")->type_name("CODE");
  verb_.add_flag("--sampled", options_.sampled, "do without perf events");
  diff_ = verb_.add_subcommand("diff", "what has changed between two results of --json");
  diff_->add_option("before", before_)->required();
  diff_->add_option("after", after_)->required();
}

int ask_verb::run() {
  if (diff_->parsed()) {
    put_text(STDOUT_FILENO, difference_of(before_, after_));
    return 0;
  }
  if (!explain_.empty()) {
    put_text(STDOUT_FILENO, explanation_of(explain_));
    return 0;
  }
  check_codes(options_.fail_on);
  if (options_.pid == 0 && options_.program.empty())
    refuse(
        "which program? write: aside ask -- PROGRAM ARGUMENTS, or --pid PID; see aside ask --help");
  if (options_.pid != 0 && !options_.program.empty())
    refuse("--pid and a program exclude each other: give one of them");
  if (options_.pid != 0 && options_.repeat > 1)
    refuse("--repeat needs a program to run again, not --pid");
  if (time_.count() > 0) options_.duration = time_;
  return ask_about(options_);
}

}  // namespace aside_app
