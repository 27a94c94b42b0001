#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ask/history.hpp"
#include "ask/switch_event.hpp"
#include "ask/thread_record.hpp"
#include "ask/unseen_waits.hpp"
#include "ask/wait_log.hpp"

namespace aside_app::ask {

/// Accounts for every nanosecond of every thread: on a processor, queued for one, or waiting and
/// for
/// what. It is fed either with the scheduler's own events (exact) or with differences of what /proc
/// says (sampled), and knows nothing of where they come from. Times are nanoseconds of one clock.
class ledger {
 public:
  using state = thread_record::state;

  /// `knows_sums`: what all processes have run will be known when they have ended.
  explicit ledger(std::uint64_t start, bool knows_sums = false) noexcept
      : start_{start}, clock_{start}, opened_{start}, knows_sums_{knows_sums} {}

  thread_record& add(pid_t pid, pid_t tid, state now, std::uint64_t time);
  thread_record* find(pid_t tid) noexcept;
  void end(thread_record& thread, std::uint64_t time);

  /// Exact: takes one event. Those of all processors must come in order of time.
  void apply(const switch_event& event);

  /// Accounts for all threads up to `time`, without an event.
  void advance(std::uint64_t time);

  /// Says what a waiting thread waits for. `time` is when that was seen.
  void tag(thread_record& thread, cause why, std::uint64_t time);

  /// Exact: what schedstat says of the time a thread was queued; events do not tell when a thread
  /// that waited could go on, only when it did.
  void correct_queue(thread_record& thread, const sched_times& now);

  /// Sampled: one look at a thread. `why` is empty when it did not wait at that moment.
  void look(thread_record& thread, const sched_times& now, std::optional<cause> why,
            std::uint64_t time);

  /// Sampled: what a process has run, in nanoseconds. What is more than its threads were seen to run, and
  /// was not at the first look, is of others that came and went within `passed`.
  void look_at_process(pid_t pid, std::uint64_t run_ns, std::uint64_t passed) noexcept;

  /// Sampled: no look was taken at a thread that has long been waiting.
  void assume_unchanged(thread_record& thread, std::uint64_t time) noexcept;

  /// Ends the present stretch. It is kept as `parts` equal ones: only right when nothing changed.
  void close_stretch(std::uint64_t time, std::uint64_t parts = 1);

  /// After the last stretch: ends all threads, and gives waits that nobody looked into the cause of
  /// those that are like them.
  void finish(std::uint64_t time);

  const history& stretches() const noexcept { return history_; }
  const wait_log& waits() const noexcept { return waits_; }
  std::unordered_map<pid_t, std::unique_ptr<thread_record>>& threads() noexcept { return threads_; }
  const std::vector<std::unique_ptr<thread_record>>& ended() const noexcept { return ended_; }
  std::uint64_t thread_count() const noexcept { return thread_count_; }
  std::uint64_t process_count() const noexcept { return process_count_; }
  /// Processes that ended at once, and did little else than begin.
  std::uint64_t short_process_count() const noexcept { return short_processes_; }
  std::uint64_t short_process_run_ns() const noexcept { return short_run_ns_; }
  std::uint64_t switches() const noexcept { return switches_; }
  std::uint64_t start() const noexcept { return start_; }

 private:
  static constexpr double ns = 1e-9;  ///< seconds

  struct process_record {
    std::uint64_t born = 0;
    std::uint64_t run_ns = 0;
    std::uint64_t queued_ns = 0;
    std::uint64_t outside_ns = 0;  ///< that it was seen to wait for something outside
    std::uint64_t threads = 0;  ///< that it has had
    std::uint64_t unseen_run_ns = 0;  ///< of threads that nobody looked at
    bool was_read = false;
    bool has_children = false;
  };

  void tick(std::uint64_t time) noexcept;
  void account(thread_record& thread, std::uint64_t time) noexcept;
  void become(thread_record& thread, state next, std::uint64_t time) noexcept;
  void count(const thread_record& thread, int by) noexcept;
  void book_running(thread_record& thread, double nanoseconds) noexcept;
  void book_queued(thread_record& thread, double nanoseconds) noexcept;
  void book_waiting(thread_record& thread, cause why, double nanoseconds,
                    std::uint64_t time) noexcept;
  std::uint64_t whole_wait(thread_record& thread, std::uint64_t length);
  void close_wait(thread_record& thread, std::uint64_t length);
  void close_short(thread_record& thread, std::uint64_t length, std::uint64_t times = 1) noexcept;
  void give_up(thread_record& thread);
  void return_queue(thread_record& thread) noexcept;
  cause_set possible_for(const thread_record& thread) const;
  void end_process(pid_t pid, std::uint64_t time);

  std::uint64_t start_;
  std::uint64_t clock_;
  std::uint64_t opened_;
  stretch current_;
  history history_;
  wait_log waits_;
  unseen_waits unseen_;
  std::unordered_map<pid_t, std::unique_ptr<thread_record>> threads_;
  std::vector<std::unique_ptr<thread_record>> ended_;
  std::unordered_map<pid_t, process_record> processes_;
  long running_ = 0;
  long queued_ = 0;
  long waiting_outside_ = 0;
  double largest_run_ = 0;    ///< sampled: the most that one thread ran in this stretch, ns
  double largest_wait_ = 0;   ///< sampled: the most that one thread waited for something outside, ns
  double rest_from_run_ = 1;  ///< sampled: chance that none ran, were they independent
  bool sampled_ = false;
  bool knows_sums_ = false;
  per_cause<double> short_unseen_{};  ///< seconds of short waits that nobody saw, by what their threads wait for
  bool finishing_ = false;
  std::uint64_t thread_count_ = 0;
  std::uint64_t process_count_ = 0;
  std::uint64_t short_processes_ = 0;
  std::uint64_t short_run_ns_ = 0;
  std::uint64_t switches_ = 0;
};

}  // namespace aside_app::ask
