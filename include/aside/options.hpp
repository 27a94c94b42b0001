#pragma once
// How a runtime is set up, and what it says about itself.

#include <aside/config.hpp>
#include <aside/detail/chrono.hpp>
#include <aside/name.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string_view>

namespace aside::inline ASIDE_ABI {

/// How sockets are waited for.
enum class engine_kind : std::uint8_t {
  automatic,  ///< what ASIDE_ENGINE says (epoll or uring), else epoll
  epoll,
  uring,
};

/// Hears of an exception that nobody will see: of a task that nobody awaits, and of where it was spawned;
/// of a race's loser, or of clean-up after a failure or a stop, and of where that is awaited. Called on the
/// core where that ended, which waits meanwhile; must not throw.
using failure_hook = void (*)(const std::exception_ptr& error, const std::source_location& spawned);

/// A turn in which a task holds its core for more than 10 ms, as the watchdog sees it. In a runtime that
/// is mostly idle it may miss one of less than 50 ms that is rare, or hidden among many short ones.
struct held_turn {
  std::source_location task;        ///< where it was spawned, unless it is the main task
  bool main_task = false;           ///< the one that `run` began with
  task_name name;                   ///< if it has one
  unsigned core;                    ///< the core's number
  std::chrono::nanoseconds time{};  ///< so far, at least
  int system_call;                  ///< in which it sleeps; negative: it computes
  bool taken_over = false;          ///< another thread drives the core from here on
  held_turn(unsigned c, std::chrono::nanoseconds t, int call) noexcept
      : core(c), time(t), system_call(call) {}
};

/// How a runtime is set up. Everything has a default.
class options {
 public:
  options() = default;
  /// Cores, each driven by one OS thread. 0: the CPUs that affinity and cgroup quota leave us. At
  /// most 64, and 63 for a `runtime`; more throws std::invalid_argument.
  options& workers(unsigned n) noexcept {
    workers_ = n;
    return *this;
  }
  options& engine(engine_kind e) noexcept {
    engine_ = e;
    return *this;
  }
  /// Whether `run` handles signals (default) or leaves them alone; a `runtime` always does that.
  ///
  /// SIGINT, SIGTERM:  the first, on any thread of the process, asks everything to stop. A second one, 100 ms
  ///                   later or more, does what it did before `run`: by default it ends the process; one that
  ///                   comes sooner is the first once more, also when `run` has returned by then. What is
  ///                   ignored when `run` begins, as by nohup or in the background of a script, stays ignored.
  /// SIGPIPE:          if it has its default disposition, a write to something that nobody reads gives
  ///                   EPIPE instead, in every thread; unless that is stdout or stderr, then the process ends
  ///                   as a filter should. What aside writes itself never raises it.
  /// Means:            handlers while `run` runs (and after a stop by one, in place of the default, until the
  ///                   next signal), no masks: children that tasks start get the defaults. A
  ///                   poll or nanosleep of your own may return EINTR when a stop is asked for.
  options& handle_signals(bool yes) noexcept {
    handle_signals_ = yes;
    return *this;
  }
  /// Whether a thread in runtime::block_on also runs other tasks while it waits (default), or only
  /// its own. Of those others, one that calls `spawn_local` there stays on the core that threads in block_on
  /// take turns at, and so changes threads.
  options& block_on_runs_tasks(bool yes) noexcept {
    block_on_runs_tasks_ = yes;
    return *this;
  }
  /// Who hears of failures that nobody awaits: of spawned and of supervised tasks, of losers of a race and
  /// of clean-up. By default they are printed on stderr: up to 100 at once, and then one a second. Those that
  /// a peer can cause (a reset, a broken pipe, an end in the middle, a time-out of the network) have a limit
  /// of their own, 10 at once and then one in 10 seconds, and so hide no others. How many were not shown is
  /// said with the next that is, and at the end. A hook hears of all.
  options& on_failure(failure_hook hook) noexcept {
    on_failure_ = hook;
    return *this;
  }
  [[nodiscard]] failure_hook on_failure() const noexcept { return on_failure_; }
  /// How many threads `blocking` may use at once, at least 1 (0 throws std::invalid_argument when the
  /// runtime starts), and how many calls may wait for one; with 0 a call that finds none is refused.
  options& blocking_threads(unsigned most) noexcept {
    blocking_threads_ = most;
    return *this;
  }
  options& blocking_queue(std::size_t most) noexcept {
    blocking_queue_ = most;
    return *this;
  }
  /// How many calls of `compute` may wait for a CPU; with 0 a call that finds none is refused.
  options& compute_queue(std::size_t most) noexcept {
    compute_queue_ = most;
    return *this;
  }
  [[nodiscard]] std::size_t compute_queue() const noexcept { return compute_queue_; }
  [[nodiscard]] unsigned blocking_threads() const noexcept { return blocking_threads_; }
  [[nodiscard]] std::size_t blocking_queue() const noexcept { return blocking_queue_; }
  /// Whether a task that holds its core for more than 10 ms is reported (default). One thread looks
  /// at the cores every 10 ms, every 40 ms while they mostly sleep; it waits for signals too.
  options& watchdog(bool yes) noexcept {
    watchdog_ = yes;
    return *this;
  }
  /// What is called for such a turn, instead of a line on stderr: after 10 ms, 100 ms, 1 s, … of it. It
  /// runs on the watchdog's thread and must be quick.
  options& on_held(void (*hook)(const held_turn&)) noexcept {
    on_held_ = hook;
    return *this;
  }
  /// Experimental; 0, the default, means never. When a task has slept in a system call for more than
  /// 10 ms, another thread takes its core over and runs the core's other tasks; up to `threads` such
  /// calls at once. The task itself goes on where the call returns, on its own thread, and after its
  /// next wait on any core.
  ///
  /// With it, tasks of one worker can be parallel: the blocked one with the others. A task that must
  /// stay on its core (spawn_local, or one that has used it) is not left, nor is one in block_on; but
  /// while it waits its core can get another thread, and then a thread_bound object of it says so. Needs
  /// the watchdog (run and runtime throw std::invalid_argument without it). Costs so many sleeping
  /// threads and, with io_uring, a slower ring. See docs/design/0005-takeover.md.
  options& takeover(unsigned threads) noexcept {
    takeover_ = threads;
    return *this;
  }
  [[nodiscard]] unsigned takeover() const noexcept { return takeover_; }
  /// Whether each core has a table of descriptors of its own. RLIMIT_NOFILE bounds one table, so a process
  /// holds as many connections as that for each core. For servers that `serve`; off by default.
  ///
  /// Threads:  every core runs on a thread that the runtime starts. The caller of `run` waits, keeps the
  ///           process's table, and does what needs it; a `runtime` starts one more thread for that. In
  ///           block_on the process's table is used.
  /// Tasks:    stay on the core where they were spawned, so a load is shared by `serve`, which accepts on
  ///           every core, and by what `runtime::spawn` brings in from outside.
  /// Streams:  belong to the core where they were opened or accepted. Used on another they abort, naming
  ///           the place; one that dies elsewhere is closed by its own core.
  /// Numbers:  a descriptor that a task got by other means than aside means something on its core only. Of
  ///           those open before, files and devices with numbers below 100 are there on every core; other
  ///           numbers below 100 (an eighth of a smaller limit) are refused with EBADF, which leaves the rest
  ///           for connections. `blocking` and `compute` run with the process's table.
  /// Errors:   std::system_error at the start when the kernel or a sandbox allows neither close_range nor
  ///           unshare; std::invalid_argument together with `takeover`.
  /// See docs/concepts/serving.md.
  options& descriptors_per_core(bool yes) noexcept {
    descriptors_per_core_ = yes;
    return *this;
  }
  [[nodiscard]] bool descriptors_per_core() const noexcept { return descriptors_per_core_; }
  [[nodiscard]] bool watchdog() const noexcept { return watchdog_; }
  [[nodiscard]] auto on_held() const noexcept -> void (*)(const held_turn&) { return on_held_; }
  [[nodiscard]] unsigned workers() const noexcept { return workers_; }
  [[nodiscard]] engine_kind engine() const noexcept { return engine_; }
  [[nodiscard]] bool handle_signals() const noexcept { return handle_signals_; }
  [[nodiscard]] bool block_on_runs_tasks() const noexcept { return block_on_runs_tasks_; }

 private:
  unsigned workers_ = 0;
  engine_kind engine_ = engine_kind::automatic;
  bool handle_signals_ = true;
  bool watchdog_ = true;
  bool descriptors_per_core_ = false;
  unsigned takeover_ = 0;
  void (*on_held_)(const held_turn&) = nullptr;
  bool block_on_runs_tasks_ = true;
  failure_hook on_failure_ = nullptr;
  unsigned blocking_threads_ = 64;
  std::size_t blocking_queue_ = 10'000;
  std::size_t compute_queue_ = 10'000;
};

/// What the current runtime is. The views live as long as the runtime.
struct runtime_info {
  std::string_view engine;         ///< "epoll" or "uring"
  std::string_view engine_reason;  ///< why that one
  unsigned workers = 0;
  std::size_t live_tasks = 0;       ///< that have not ended: a snapshot, like the following
  std::uint64_t spawned_tasks = 0;  ///< since the start, the main task included
  std::uint64_t ended_tasks = 0;    ///< since the start; those that were stopped included
  std::uint64_t turns = 0;  ///< how often a core has run a task until it waited, yielded or ended
  std::uint64_t held_turns = 0;     ///< of these, how many the watchdog found longer than 10 ms
  std::uint64_t takeovers = 0;      ///< how often a core went on without a task that held it
  unsigned blocking_threads = 0;    ///< threads of `blocking`, idle ones included
  std::size_t blocking_queued = 0;  ///< calls that wait for one
  std::uint64_t blocking_oldest_ns = 0;  ///< how long the oldest of those has waited
  std::uint64_t blocking_abandoned = 0;  ///< since the start: calls whose task was stopped while they ran
  unsigned compute_cpus = 0;             ///< how many CPUs `compute` uses at most
  std::size_t compute_queued = 0;        ///< its calls that wait for one
  std::uint64_t compute_oldest_ns = 0;   ///< how long the oldest of those has waited
  std::uint64_t compute_abandoned = 0;   ///< since the start: its calls whose task was stopped while they ran
};

/// The runtime that this task belongs to. Outside of one: aborts.
[[nodiscard]] ASIDE_API runtime_info
info(std::source_location at = std::source_location::current());

}  // namespace aside::inline ASIDE_ABI
