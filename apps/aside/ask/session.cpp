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

#include "ask/launch.hpp"
#include "ask/machine.hpp"
#include "ask/observer.hpp"
#include "ask/signals.hpp"
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

/// Processor seconds; with less, the kernel's ticks do not tell where they were spent.
constexpr double least_for_shares = 0.05;

double seconds_of(const timeval& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Processor seconds, by where they were spent.
struct processor_time {
  double user = 0;
  double kernel = 0;

  double sum() const noexcept { return user + kernel; }
  processor_time since(const processor_time& before) const noexcept {
    return {user - before.user, kernel - before.kernel};
  }
};

processor_time cpu_of_children() noexcept {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  return {seconds_of(used.ru_utime), seconds_of(used.ru_stime)};
}

processor_time cpu_of(pid_t pid) {
  const auto stat = parse_stat(read_text("/proc/" + std::to_string(pid) + "/stat"));
  if (!stat) return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {static_cast<double>(stat->user_ticks) / ticks,
          static_cast<double>(stat->kernel_ticks) / ticks};
}

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

  measurement run() {
    if (options_.pid != 0)
      attach();
    else
      begin();
    const auto cpu_before = cpu_now();
    const auto ticks_before = read_processor_ticks();
    const auto throttled_before = times_throttled(pid_);
    found_.cores = usable_cores(pid_);
    if (options_.duration)
      deadline_ = clock::now() + *options_.duration;
    else if (options_.pid != 0)
      deadline_ = clock::now() + usual_look;
    while (!over_)
      step();
    const auto ticks_after = read_processor_ticks();
    found_.throttled = throttled_now_ > throttled_before;
    found_.idle_cores =
        idle_share(ticks_before, ticks_after) * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
    const auto used = cpu_now().since(cpu_before);
    observer_.finish();
    fill(used);
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
    found_.end = ending::interrupted;
    if (number == SIGINT && warned_) {
      for (const auto each : living_children())
        kill(each, SIGKILL);
    } else if (!deadline_ || *deadline_ > clock::now() + 1s) {
      deadline_ = clock::now() + 1s;
    }
  }

  /// The time given is over, or the program has not ended a second after Ctrl-C.
  void time_is_up() {
    deadline_.reset();
    if (found_.attached) return finish_by(ending::time_was_up);
    if (found_.end == ending::interrupted) {
      if (!warned_)
        put_line(STDERR_FILENO, "aside ask: the program goes on; Ctrl-C once more kills it");
      warned_ = true;
      return;
    }
    const bool first = found_.end != ending::time_was_up;
    found_.end = ending::time_was_up;
    for (const auto each : living_children())
      kill(each, first ? SIGTERM : SIGKILL);
    deadline_ = clock::now() + patience;
  }

  void finish_by(ending how) {
    found_.end = how;
    throttled_now_ = times_throttled(pid_);
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
      throttled_now_ = times_throttled(pid_);
      observer_.sweep();
    }
    int status = 0;
    pid_t gone = 0;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
      if (gone != pid_) continue;
      found_.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      over_ = true;
    }
    if (!over_) return;
    found_.left_behind = living_children();
    if (found_.end != ending::time_was_up) return;
    for (const auto each : found_.left_behind)
      kill(each, SIGTERM);
    found_.left_behind.clear();
  }

  /// Of a program that we began: what has been reaped.
  processor_time cpu_now() const {
    return options_.pid != 0 ? cpu_of(options_.pid) : cpu_of_children();
  }

  void fill(const processor_time& used) {
    const auto& books = observer_.books();
    found_.stretches = books.stretches();
    const auto whole = found_.stretches.total();
    found_.wall = whole.length;
    found_.cpu = std::max(whole.running, found_.attached ? 0 : used.sum());
    if (used.sum() > least_for_shares) found_.kernel_share = used.kernel / used.sum();
    found_.exact = observer_.is_exact();
    found_.not_exact_because = observer_.reason();
    if (!found_.exact) found_.unseen_cpu = std::max(0.0, found_.cpu - whole.running);
    found_.waits = books.waits();
    for (const auto& each : books.ended()) {
      thread_sum sum;
      sum.pid = each->pid;
      sum.tid = each->tid;
      sum.life = static_cast<double>(each->ended - each->born) * 1e-9;
      sum.running = static_cast<double>(each->run_ns) * 1e-9;
      sum.queued = static_cast<double>(each->queued_ns) * 1e-9;
      sum.slices = each->slices;
      sum.waited = each->waited;
      found_.threads.push_back(sum);
    }
    found_.thread_count = books.thread_count();
    found_.process_count = books.process_count();
    found_.short_process_count = books.short_process_count();
    found_.short_process_cpu = static_cast<double>(books.short_process_run_ns()) * 1e-9;
    found_.switches = books.switches();
    found_.tasks = observer_.tasks();
    found_.blind = observer_.is_blind();
    std::vector<std::pair<std::uint64_t, std::string>> peers;
    for (const auto& [peer, times] : observer_.peers())
      peers.emplace_back(times, peer);
    std::sort(peers.rbegin(), peers.rend());
    for (const auto& [times, peer] : peers)
      found_.peers.push_back(peer);
    found_.own_cpu = observer_.own_seconds();
    found_.sweeps = observer_.sweeps();
    found_.lost = observer_.lost();
    found_.places = named(observer_.places());  // last: it is no cost of watching
    take_locks_by_name();
  }

  /// Rust's and others' locks look like any other thread's word; what they wait in has a name.
  void take_locks_by_name() {
    double all = 0;
    double locks = 0;
    for (const auto& each : found_.places) {
      if (each.why != cause::handoff) continue;
      all += each.share;
      if (each.in_lock) locks += each.share;
    }
    if (locks <= 0) return;
    const double share = locks / all;
    found_.stretches.reassign(cause::handoff, cause::lock, share);
    for (auto& each : found_.threads) {
      auto& from = each.waited[index_of(cause::handoff)];
      each.waited[index_of(cause::lock)] += share * from;
      from *= 1 - share;
    }
    for (auto& each : found_.places)
      if (each.why == cause::handoff && each.in_lock) each.why = cause::lock;
  }

  const ask_options& options_;
  std::size_t soft_limit_;
  signals signals_;
  observer observer_;
  measurement found_;
  pid_t pid_ = 0;
  bool over_ = false;
  bool warned_ = false;
  std::uint64_t throttled_now_ = 0;
  clock::time_point next_sweep_{};
  std::optional<clock::time_point> deadline_;
};

}  // namespace

measurement watch(const ask_options& options) { return session{options}.run(); }

}  // namespace aside_app::ask
