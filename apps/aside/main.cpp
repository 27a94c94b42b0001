#include <CLI/CLI.hpp>

#include <sys/types.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "ask/ask.hpp"
#include "ask/command_line.hpp"
#include "demo/demo.hpp"
#include "demo/task_server.hpp"
#include "demo/thread_server.hpp"
#include "exit_code.hpp"
#include "swarm/command_line.hpp"
#include "system/descriptors.hpp"
#include "system/output.hpp"
#include "text/number.hpp"
#include "system/run_tasks.hpp"
#include "system/standard_files.hpp"
#include "usage.hpp"

namespace {

using namespace aside_app;

constexpr auto demo_examples = R"(Examples:
  aside demo                      until Ctrl-C, with the page at http://127.0.0.1:8080/
  aside demo --for 20s --json     ends by itself, one JSON object on stdout
  aside demo --connections 200    what a small number says
  aside demo --tasks-only --engine uring --for 10s

)";

class demo_verb {
 public:
  explicit demo_verb(CLI::App& program)
      : verb_{*program.add_subcommand("demo", "many waiting connections: tasks beside threads")} {
    verb_.footer(std::string{demo_examples} + exit_codes);
    verb_.add_option("--connections", options_.connections, "connections that each side opens")
        ->check(CLI::Range(2, 250'000))
        ->capture_default_str();
    verb_.add_option("--for", "end by itself after this time, half of it for each side (20s, 2m)")
        ->type_name("TIME")
        ->check(duration_into(time_));
    auto* tasks = verb_.add_flag("--tasks-only", tasks_only_, "leave the threads out");
    verb_.add_flag("--threads-only", threads_only_, "leave the tasks out")->excludes(tasks);
    add_engine(verb_, options_.engine, options_.workers);
    verb_.add_option("--port", options_.port, "where the page is served; 0: any free port")
        ->check(CLI::Range(0, 65'535))
        ->capture_default_str();
    verb_.add_flag("--json", options_.json, "one line of JSON on stdout, the rest on stderr");
    verb_.add_option("--serve", serve_)
        ->group("")
        ->check(CLI::IsMember({"tasks", "threads"}));
    add_parent(verb_, parent_);
  }

  bool chosen() const { return verb_.parsed(); }

  exit_code run() {
    enter_as_child(parent_);
    raise_descriptor_limit();
    if (serve_ == "tasks") return serve_as_tasks(options_);
    if (serve_ == "threads") return serve_as_threads(options_);
    if (options_.json) need_output("aside demo");
    options_.tasks = !threads_only_;
    options_.threads = !tasks_only_;
    if (time_.count() > 0) options_.duration = time_;
    return demo(options_);
  }

 private:
  CLI::App& verb_;
  demo_options options_;
  std::string serve_;
  pid_t parent_ = 0;
  std::chrono::milliseconds time_{0};
  bool tasks_only_ = false;
  bool threads_only_ = false;
};

/// CLI11 says of a wrong first word only that a subcommand is required.
void check_first_word(const CLI::App& program, const std::vector<std::string>& words) {
  std::string names;
  const auto verbs = program.get_subcommands({});
  for (const auto* each : verbs) {
    if (!names.empty()) names += each == verbs.back() ? " and " : ", ";
    names += each->get_name();
  }
  const auto refuse = [&](const std::string& why) {
    throw failure{exit_code::bad_usage,
                  "aside: " + why + "; there are " + names + ", see aside --help"};
  };
  if (words.empty()) refuse("which command?");
  const auto& first = words.front();
  if (program.get_option_no_throw(first) != nullptr) return;
  if (first.starts_with('-')) refuse("no option " + first + " stands before a command");
  const auto is_first = [&](const CLI::App* each) { return each->check_name(first); };
  if (std::none_of(verbs.begin(), verbs.end(), is_first)) refuse("there is no command " + first);
}

/// The chosen command in words, as far as they name one: what has a help of its own.
std::string command_in(const CLI::App& program, const std::vector<std::string>& words) {
  std::string named = program.get_name();
  const auto* at = &program;
  for (const auto& word : words) {
    const auto below = at->get_subcommands({});
    const auto next = std::find_if(below.begin(), below.end(),
                                   [&](const CLI::App* each) { return each->check_name(word); });
    if (next == below.end()) continue;
    at = *next;
    named += ' ' + at->get_name();
  }
  return named;
}

int run_command(int count, char** arguments) {
  CLI::App program{"aside: tasks instead of threads for waiting work"};
  program.name("aside");
  program.set_version_flag("--version", std::string{"aside "} + ASIDE_VERSION);
  program.footer(exit_codes);
  program.require_subcommand(1);
  demo_verb demo{program};
  swarm_verb swarm{program};
  ask_verb ask{program};
  std::vector<std::string> words{arguments + std::min(count, 1), arguments + count};
  check_first_word(program, words);
  std::string command;
  try {
    ask.take_program(words);
    command = command_in(program, words);
    // CLI11 takes words from the back.
    std::reverse(words.begin(), words.end());
    program.parse(std::move(words));
  } catch (const CLI::Success& asked) {
    std::ostringstream text;
    program.exit(asked, text, text);
    put_text(STDOUT_FILENO, text.str());
    return to_int(exit_code::ok);
  } catch (const CLI::ParseError& wrong) {
    std::string line = wrong.what();
    std::replace(line.begin(), line.end(), '\n', ' ');
    throw failure{exit_code::bad_usage, "aside: " + line + "; see " + command + " --help"};
  }
  if (ask.chosen()) return ask.run();
  return to_int(demo.chosen() ? demo.run() : swarm.run());
}

}  // namespace

int main(int count, char** arguments) {
  using namespace aside_app;
  int code = 0;
  try {
    fill_standard_files();
    code = run_command(count, arguments);
  } catch (...) {
    const auto what = failure_of("aside");
    put_line(STDERR_FILENO, printable(what.what()));
    code = to_int(what.code());
  }
  if (const int error = output_error(); error != 0) {
    put_line(STDERR_FILENO, std::string{"aside: stdout can't be written, output is lost: "} +
                                std::strerror(error));
    if (code == 0) code = to_int(exit_code::output_lost);
  }
  return code;
}
