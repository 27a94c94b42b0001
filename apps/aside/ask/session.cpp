#include "ask/session.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "ask/launch.hpp"
#include "ask/machine.hpp"
#include "ask/observer.hpp"
#include "ask/processor_time.hpp"
#include "ask/quota.hpp"
#include "ask/signals.hpp"
#include "ask/summary.hpp"
#include "exit_code.hpp"
#include "measure/processor.hpp"
#include "system/descriptors.hpp"
#include "system/output.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Descriptors that are left for everything but /proc's files.
constexpr std::size_t spare_files = 64;
constexpr auto usual_look = 10s;
constexpr auto patience = 2s;
/// A wrapper may pass on what the terminal has sent to both.
constexpr auto same_key = 50ms;

std::size_t soft_limit_of_files() noexcept {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& each : words)
    text += (text.empty() ? "" : " ") + each;
  return text;
}

std::vector<pid_t> living_children() {
  std::vector<pid_t> found;
  const auto self = getpid();
  for (const auto each : children_of(self, self)) {
    const auto stat = parse_stat(read_text("/proc/" + std::to_string(each) + "/stat"));
    if (stat && stat->state != 'Z') found.push_back(each);
  }
  return found;
}

/// One look at one program.
class session {
 public:
  explicit session(const ask_options& options)
      : options_{options},
        soft_limit_{soft_limit_of_files()},
        observer_{!options.sampled, files_for_threads()} {}

  /// The next run shall find the limit that this one found.
  ~session() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = soft_limit_;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  measurement run() {
    if (options_.pid != 0)
      attach();
    else
      begin();
    const auto cpu_before = cpu_now();
    const auto ticks_before = read_processor_ticks();
    quota_.look(pid_);
    found_.cores = usable_cores(pid_);
    if (options_.duration)
      deadline_ = clock::now() + *options_.duration;
    else if (options_.pid != 0)
      deadline_ = clock::now() + usual_look;
    limit_ = deadline_;
    while (!over_)
      step();
    const auto ticks_after = read_processor_ticks();
    quota_.refresh();
    found_.throttled = quota_.was_used_up();
    found_.throttled_share = quota_.share();
    found_.idle_cores =
        idle_share(ticks_before, ticks_after) * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
    const auto used = cpu_now().since(cpu_before);
    observer_.finish();
    if (found_.end == ending::time_was_up && !found_.attached) end_rest();
    sum_up(observer_, used, found_);
    return std::move(found_);
  }

 private:
  std::size_t files_for_threads() {
    const auto limit = raise_descriptor_limit();
    return limit > 2 * spare_files ? limit - spare_files : spare_files;
  }

  void begin() {
    // What the program leaves behind becomes ours, so that it can be named.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    launch program{options_.program, signals_, soft_limit_};
    pid_ = program.pid();
    observer_.start(pid_);
    program.go();
    found_.command = joined(options_.program);
  }

  void attach() {
    pid_ = options_.pid;
    found_.attached = true;
    found_.command = command_of(pid_);
    struct stat who{};
    const auto path = "/proc/" + std::to_string(pid_);
    if (stat(path.c_str(), &who) != 0)
      throw failure{exit_code::bad_usage, "aside ask: there is no process " + std::to_string(pid_)};
    if (geteuid() != 0 && who.st_uid != geteuid())
      throw failure{exit_code::environment,
                    "aside ask: process " + std::to_string(pid_) +
                        " is another user's, and why it waits is not for us to see: run aside ask "
                        "as that user or as root"};
    if (!observer_.attach(pid_))
      throw failure{exit_code::bad_usage, "aside ask: process " + std::to_string(pid_) +
                                              " ended before there was anything to see"};
  }

  void step() {
    const auto now = clock::now();
    if (now >= next_sweep_) {
      look_at_quota(now);
      observer_.sweep();
      next_sweep_ = now + observer_.interval();
      if (found_.attached && !observer_.has_threads()) over_ = true;
    }
    if (deadline_ && now >= *deadline_) time_is_up();
    if (over_) return;
    auto until = next_sweep_;
    if (deadline_) until = std::min(until, *deadline_);
    std::vector<pollfd> waited{{signals_.descriptor(), POLLIN, 0}};
    observer_.add_to(waited);
    const auto left = std::max<std::chrono::nanoseconds>(until - clock::now(), 0ns);
    const timespec limit{static_cast<time_t>(left / 1s), static_cast<long>((left % 1s).count())};
    if (ppoll(waited.data(), waited.size(), &limit, nullptr) <= 0) return;
    for (std::size_t i = 1; i < waited.size(); ++i) {
      observer_.polled(waited[i]);
      if ((waited[i].revents & POLLIN) != 0) next_sweep_ = clock::now();
    }
    while (const auto signal = signals_.next())
      take(*signal);
  }

  /// It may enter another cgroup at any time; with what is left of it when it has ended, it is too
  /// late to ask.
  void look_at_quota(clock::time_point now) {
    if (now < next_quota_look_) return;
    if (quota_.look(pid_)) found_.cores = usable_cores(pid_);
    next_quota_look_ = now + std::max<std::chrono::nanoseconds>(50ms, (now - began_) / 20);
  }

  void take(const signalfd_siginfo& signal) {
    const auto number = static_cast<int>(signal.ssi_signo);
    if (number == SIGCHLD) return reap();
    const bool ends =
        number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
    if (found_.attached) {
      if (ends) finish_by(ending::interrupted);
      return;
    }
    if (!signals::is_from_terminal(signal)) kill(pid_, number);
    if (!ends) return;
    const bool is_again = found_.end == ending::interrupted && number == SIGINT;
    found_.end = ending::interrupted;
    if (is_again && warned_) {
      tell_all(SIGKILL);
    } else if (is_again && clock::now() >= interrupted_ + same_key) {
      // It may end by itself at the second one: some programs ask for two.
      is_killed_next_ = true;
      deadline_ = std::min(deadline_.value_or(clock::time_point::max()), clock::now() + 250ms);
    } else if (!deadline_ || *deadline_ > clock::now() + 1s) {
      interrupted_ = clock::now();
      deadline_ = clock::now() + 1s;
    }
  }

  /// The time given is over, or the program has not ended a second after Ctrl-C.
  void time_is_up() {
    deadline_.reset();
    if (found_.attached) return finish_by(ending::time_was_up);
    if (std::exchange(is_killed_next_, false)) {
      tell_all(SIGKILL);
      deadline_ = limit_;
      return;
    }
    if (found_.end == ending::interrupted && (!limit_ || clock::now() < *limit_)) {
      if (!warned_)
        put_line(STDERR_FILENO, "aside ask: the program goes on; Ctrl-C once more kills it");
      warned_ = true;
      deadline_ = limit_;
      return;
    }
    const bool first = found_.end != ending::time_was_up;
    found_.end = ending::time_was_up;
    tell_all(first ? SIGTERM : SIGKILL);
    deadline_ = clock::now() + patience;
  }

  /// The program, which is not reaped yet, and what has become ours; some kernels list no children.
  void tell_all(int signal) {
    kill(pid_, signal);
    for (const auto each : living_children())
      if (each != pid_) kill(each, signal);
  }

  void finish_by(ending how) {
    found_.end = how;
    observer_.sweep();
    over_ = true;
  }

  void reap() {
    if (found_.attached) return;
    siginfo_t what{};
    const bool ended =
        waitid(P_PID, static_cast<id_t>(pid_), &what, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        what.si_pid == pid_;
    if (ended) {
      // Once more while the kernel still keeps its last counters.
      observer_.sweep();
    }
    int status = 0;
    pid_t gone = 0;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
      if (gone != pid_) continue;
      found_.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      over_ = true;
    }
    if (over_) found_.left_behind = living_children();
  }

  /// The time was up: what the program had begun becomes ours, generation by generation, and is
  /// asked to end, too. What the kernel does not let go of is named.
  void end_rest() {
    std::set<pid_t> asked;
    bool is_late = false;
    auto until = clock::now() + patience;
    while (!(found_.left_behind = living_children()).empty()) {
      if (clock::now() >= until) {
        if (is_late) return;
        is_late = true;
        until = clock::now() + patience;
      }
      for (const auto each : found_.left_behind)
        if (is_late || asked.insert(each).second) kill(each, is_late ? SIGKILL : SIGTERM);
      pollfd waited{signals_.descriptor(), POLLIN, 0};
      poll(&waited, 1, 50);
      while (signals_.next()) {
      }
      while (waitpid(-1, nullptr, WNOHANG) > 0) {
      }
    }
  }

  /// Of a program that we began: what has been reaped.
  processor_time cpu_now() const {
    return options_.pid != 0 ? cpu_of(options_.pid) : cpu_of_children();
  }

  const ask_options& options_;
  std::size_t soft_limit_;
  signals signals_;
  observer observer_;
  measurement found_;
  pid_t pid_ = 0;
  bool over_ = false;
  bool warned_ = false;
  bool is_killed_next_ = false;  ///< of two Ctrl-C the second has come, and it shall end now
  clock::time_point interrupted_{};
  quota_watch quota_;
  clock::time_point began_ = clock::now();
  clock::time_point next_quota_look_{};
  clock::time_point next_sweep_{};
  std::optional<clock::time_point> deadline_;
  std::optional<clock::time_point> limit_;  ///< the one that --for has set
};

}  // namespace

measurement watch(const ask_options& options) { return session{options}.run(); }

}  // namespace aside_app::ask
