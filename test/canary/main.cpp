// Runs every pattern in a child process of its own, in two ways: to its end, and destroyed at each
// of its suspensions, which is what stopping a task does. One line each:
//   <way> TAB <kind> TAB <name> TAB ok|miscompiled TAB <what happened>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "pattern.hpp"

namespace canary {
namespace {

constexpr unsigned seconds_before_a_pattern_counts_as_stuck = 10;
constexpr int more_turns_than_any_pattern_needs = 200;
constexpr const char* fell_out = "the body returned without suspending or finishing";
constexpr const char* never_ended = "it never ended";

std::string faults_of_parcels() {
  if (ledger::faults() != 0) {
    return "objects destroyed twice or used when dead: " + std::to_string(ledger::faults());
  }
  if (ledger::alive() != 0) return "objects never destroyed: " + std::to_string(ledger::alive());
  return {};
}

enum class standing { suspended, ended, fallen_out };

// Resumes at most `turns` times. A body that has fallen out of its frame left it in a state in
// which even destroying it does harm, so its frame is abandoned.
standing drive(task<int>& owner, int turns) {
  auto root = owner.frame();
  next_to_resume = root;
  for (int turn = 0; turn < turns; ++turn) {
    std::exchange(next_to_resume, nullptr).resume();
    if (root.done()) return standing::ended;
    if (!next_to_resume) {
      owner.release();
      return standing::fallen_out;
    }
  }
  return standing::suspended;
}

std::string run_to_the_end(const pattern& tested) {
  std::string fault;
  {
    task<int> owner = tested.body();
    standing found = drive(owner, more_turns_than_any_pattern_needs);
    if (found == standing::fallen_out) return fell_out;
    if (found == standing::suspended) return never_ended;
    int returned = owner.frame().promise().take();
    if (returned != tested.wanted) {
      fault =
          "returned " + std::to_string(returned) + " instead of " + std::to_string(tested.wanted);
    }
  }
  std::string lost = faults_of_parcels();
  return lost.empty() ? fault : lost;
}

std::string destroy_at_every_suspension(const pattern& tested) {
  for (int turns = 0; turns < more_turns_than_any_pattern_needs; ++turns) {
    standing found = standing::suspended;
    {
      task<int> owner = tested.body();
      found = drive(owner, turns);
    }
    if (found == standing::fallen_out) return fell_out;
    std::string fault = faults_of_parcels();
    if (!fault.empty()) return fault + ", destroyed at suspension " + std::to_string(turns);
    if (found == standing::ended) return {};
  }
  return never_ended;
}

using way_to_run = std::string (*)(const pattern&);

[[noreturn]] void report_from_child(const pattern& tested, way_to_run run, int report) {
  rlimit no_core_file{0, 0};
  setrlimit(RLIMIT_CORE, &no_core_file);
  alarm(seconds_before_a_pattern_counts_as_stuck);
  std::string fault = run(tested);
  bool written = write(report, fault.data(), fault.size()) == static_cast<ssize_t>(fault.size());
  _exit(written ? 0 : 1);
}

std::string fault_in_a_child(const pattern& tested, way_to_run run) {
  int ends[2];
  if (pipe(ends) != 0) return std::string("no pipe for the report: ") + strerror(errno);
  pid_t child = fork();
  if (child < 0) return std::string("no child process: ") + strerror(errno);
  if (child == 0) {
    close(ends[0]);
    report_from_child(tested, run, ends[1]);
  }
  close(ends[1]);
  char text[256];
  ssize_t length = read(ends[0], text, sizeof text);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return std::string("crashed: ") + strsignal(WTERMSIG(status));
  if (status != 0 || length < 0) return "its process could not report";
  return std::string(text, static_cast<std::size_t>(length));
}

void report(const char* way, const pattern& tested, way_to_run run) {
  std::string fault = fault_in_a_child(tested, run);
  std::printf("%s\t%s\t%s\t%s\t%s\n", way, tested.kind, tested.name,
              fault.empty() ? "ok" : "miscompiled", fault.c_str());
  std::fflush(stdout);
}

}  // namespace
}  // namespace canary

int main() {
  for (const canary::pattern& tested : canary::all_patterns()) {
    canary::report("finished", tested, canary::run_to_the_end);
    canary::report("destroyed", tested, canary::destroy_at_every_suspension);
  }
}
