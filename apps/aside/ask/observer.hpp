#pragma once

#include <poll.h>
#include <sys/types.h>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ask/file_locks.hpp"
#include "ask/function_names.hpp"
#include "ask/ledger.hpp"
#include "ask/measurement.hpp"
#include "ask/process_view.hpp"
#include "ask/sockets.hpp"
#include "ask/switch_rings.hpp"
#include "ask/thread_files.hpp"

namespace aside_app::ask {

/// Looks into causes in one sweep: they are the dearest part.
inline constexpr std::size_t most_looks = 64;

/// The same for threads that nobody has looked into yet: who waits from beginning to end would else be
/// unknown for long.
inline constexpr std::size_t most_first_looks = 256;

/// Watches a program and all that it begins, and keeps the ledger. Exact where perf events are
/// allowed: then the scheduler says what happened, and /proc only why; else /proc says both.
class observer {
 public:
  /// `most_files` is how many files of /proc may be kept open.
  observer(bool may_be_exact, std::size_t most_files);
  ~observer();

  /// A child that will call exec when it is told to.
  void start(pid_t child);
  /// A process that runs already. False when it has gone.
  bool attach(pid_t pid);

  /// Looks at everything once. With all that is around it, it takes about a hundredth of the time
  /// until the next call when that comes after `interval`; less while nothing moves.
  void sweep();
  std::chrono::nanoseconds interval() const noexcept { return interval_; }
  bool has_threads() noexcept { return !ledger_->threads().empty(); }

  void finish();

  void add_to(std::vector<pollfd>& polled) const { rings_.add_to(polled); }
  void polled(const pollfd& answer) { rings_.polled(answer); }

  const ledger& books() const noexcept { return *ledger_; }
  bool is_exact() const noexcept { return exact_; }
  /// Why it is not exact, or was not all the time; empty if it was.
  const std::string& reason() const noexcept { return reason_; }
  /// Causes could not be seen, because the system does not let us look.
  bool is_blind() const noexcept { return blind_; }
  std::uint64_t sweeps() const noexcept { return sweeps_; }
  std::uint64_t lost() const noexcept { return lost_; }
  const seen_places& places() const noexcept { return places_; }
  const task_sum& tasks() const noexcept { return tasks_; }
  /// Connections of event loops over which something came in while their processes computed: on
  /// average of the looks that found any process computing.
  double served() const noexcept;
  /// Of the waits for pipes that were looked into: those for parts of the program.
  double own_pipes() const noexcept {
    return pipe_looks_ == 0 ? 0 : static_cast<double>(own_pipe_looks_) / static_cast<double>(pipe_looks_);
  }
  /// Other parts of the program wait for what this process says.
  bool is_asked_inside(pid_t pid) const { return asked_inside_.contains(pid); }
  /// Of Go's pollers: connections that owed an answer whenever one was seen to wait, on average.
  double owing() const noexcept {
    return poller_looks_ == 0 ? 0 : static_cast<double>(owing_sum_) / static_cast<double>(poller_looks_);
  }
  /// By process: how often threads of Java's waited for a monitor, or were told to go on.
  const std::map<pid_t, monitor_counts>& monitors() const noexcept { return monitors_; }
  /// Processor time that watching has cost this process so far.
  double own_seconds() const noexcept;
  /// Peers that were waited for, and how often that was seen.
  const std::map<std::string, std::uint64_t>& peers() const noexcept { return peers_; }

 private:
  process_view& process(pid_t pid);
  void follow(pid_t pid);
  void take_events(std::uint64_t now);
  void close_quiet(std::uint64_t now);
  void choose_interval(std::uint64_t now);
  void look_for_new(std::uint64_t now);
  void look_for_root(std::uint64_t now);
  void add_threads(pid_t pid, const std::vector<pid_t>& tids, std::uint64_t now);
  void tag_waits(std::uint64_t now);
  void look_at_all(std::uint64_t now);
  void count_tasks(std::uint64_t now);
  void look_at_loops(std::uint64_t now);
  void look_at_monitors(std::uint64_t now);
  std::optional<cause> see_cause(thread_record& thread);
  template <class HasEnd>
  bool are_own(const std::vector<std::uint64_t>& ends, HasEnd has_end);
  void remember(thread_record& thread, const system_call& call, cause why);
  void vote(thread_record& thread, const system_call& call);
  void fall_back(std::string why, std::uint64_t now);
  void forget(thread_record& thread, std::uint64_t now);
  void forget_all_of(pid_t pid, std::uint64_t now);

  bool exact_;
  std::string reason_;
  bool blind_ = false;
  pid_t root_ = 0;
  sockets sockets_;
  file_locks locks_;
  std::unordered_map<std::uint64_t, pid_t> own_ends_;  ///< of pipes and connections: who has it; 0: a stranger
  std::set<pid_t> asked_inside_;  ///< processes from which other parts of the program want to hear
  std::uint64_t pipe_looks_ = 0;
  std::uint64_t own_pipe_looks_ = 0;
  std::unordered_map<pid_t, std::unique_ptr<process_view>> processes_;
  switch_rings rings_;
  std::vector<switch_event> events_;
  thread_files files_;
  std::unique_ptr<ledger> ledger_;
  std::map<std::string, std::uint64_t> peers_;
  seen_places places_;
  task_sum tasks_;
  std::unordered_map<pid_t, std::uint64_t> ran_ns_;  ///< by process, at the last look at its loop
  std::uint64_t last_loop_look_ = 0;
  std::uint64_t next_loop_look_ = 0;
  std::uint64_t loop_looks_ = 0;
  std::size_t served_sum_ = 0;
  std::size_t owing_sum_ = 0;
  std::uint64_t poller_looks_ = 0;
  std::map<pid_t, monitor_counts> monitors_;
  std::map<pid_t, monitor_counts> monitors_before_;  ///< what the counters said when first read
  std::uint64_t next_monitor_look_ = 0;
  std::chrono::nanoseconds interval_{5'000'000};
  std::uint64_t sweeps_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t window_events_ = 0;
  std::uint64_t window_began_ = 0;
  std::uint64_t last_time_ = 0;  ///< of the last look
  std::uint64_t closed_ = 0;     ///< the end of the last stretch
  std::uint64_t own_before_ns_ = 0;
  std::uint64_t own_last_ns_ = 0;
  bool quiet_ = false;      ///< exact: nothing has moved since the look before
  bool was_quiet_ = false;  ///< the same of the look before
  double usual_cost_ns_ = 0;
  std::size_t next_to_tag_ = 0;
};

/// Nanoseconds of CLOCK_MONOTONIC, the clock of all times here.
std::uint64_t monotonic_ns() noexcept;

}  // namespace aside_app::ask
