#pragma once
// runtime: the cores and what they share.

#include "base/barrier.hpp"
#include "base/descriptor_table.hpp"
#include "base/unique_fd.hpp"
#include "sched/core.hpp"
#include "sched/guest.hpp"
#include "sched/idle.hpp"
#include "sched/inject.hpp"
#include "sched/job_pool.hpp"
#include "sched/signals.hpp"
#include "sched/standby.hpp"
#include "sched/watchdog.hpp"

#include <aside/run.hpp>
#include <aside/runtime.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class runtime;

/// Where the chains of all its tasks' stops end.
struct root_stop_state : stop_state {
  explicit root_stop_state(runtime& r) noexcept : rt(&r) {}
  runtime* rt;
};

class runtime {
 public:
  /// `serves`: for threads that are no cores, through block_on and spawn; otherwise for `run`.
  runtime(const options& o, bool serves);
  ~runtime();

  /// Runs `main` to its end on the calling thread and the workers.
  int run(task_header& main, const int& result);

  // What a runtime that serves does instead
  void serve();           // starts the workers. Throws std::system_error
  void close() noexcept;  // stops and awaits every task, joins the workers
  void wait_for(task_header& body, caller& c) noexcept;
  /// `outermost`: where the chain of the task's stops ends so far.
  void start_from_outside(task_header& t, const stop_state*& outermost) noexcept;
  /// The same of a runtime that may be about to go. False: it goes, and `t` is still the caller's.
  [[nodiscard]] bool start_by_handle(task_header& t, const stop_state*& outermost) noexcept;
  [[nodiscard]] bool gone() const noexcept {
    return gone_.load(memory_order_seq_cst);  // pairs with close [GONE]
  }
  [[nodiscard]] bool closing() const noexcept { return closing_.load(memory_order_seq_cst); }
  void adoption_seen() noexcept {
    adoptions_.fetch_add(1, memory_order_release);  // pairs with acquire in close
    adoptions_.notify_one();
  }
  /// The core that threads in block_on drive; null in a runtime that does not serve.
  [[nodiscard]] const core* guest_core() const noexcept { return guest_; }
  /// How many tables of descriptors its cores have among them.
  [[nodiscard]] unsigned tables() const noexcept { return own_tables_ ? workers : 1; }
  /// Threads beside the cores' that keep the process's table.
  [[nodiscard]] unsigned porters() const noexcept { return own_tables_ ? 1 : 0; }

  /// Can there be work for a core that looks for it, without sleeping? On one CPU it would only keep from
  /// running whoever makes some.
  [[nodiscard]] bool is_worth_spinning() const noexcept { return cpus > 1 && cores.size() > 1; }
  /// Wakes a sleeper when nobody searches. The caller has published work before.
  void tell_one(core* from) noexcept;
  /// The same where what has published it was a seq_cst read-modify-write. [IDLE]
  void wake_one() noexcept;
  /// The calling core has said that it sleeps no more.
  void core_woke() noexcept {
    if (dog.end_rest()) signals_.nudge();
  }
  void request_stop() noexcept;
  void main_ended(std::exception_ptr error, bool stopped) noexcept;
  void core_became_busy() noexcept { busy_.fetch_add(1, memory_order_relaxed); }
  void core_became_idle() noexcept;
  [[nodiscard]] bool finished() const noexcept {
    return finished_.load(memory_order_acquire);  // pairs with release in core_became_idle
  }
  [[nodiscard]] bool stopping() const noexcept { return root_stop.requested(); }
  [[nodiscard]] runtime_info info() const noexcept;
  [[nodiscard]] std::uint64_t spawned_tasks() const noexcept {
    std::uint64_t n = 0;
    for (const auto& c : cores)
      n += c->tasks_spawned.load(memory_order_relaxed);
    return n;
  }
  /// Before a look at `spawned_tasks`, which counts all of these.
  [[nodiscard]] std::uint64_t ended_tasks() const noexcept {
    std::uint64_t n = 0;
    for (const auto& c : cores)
      n += c->tasks_ended.load(memory_order_acquire);  // pairs with release in core::end
    return n;
  }
  /// Without those that have ended and are on their way home, which a core that sleeps does not hurry.
  [[nodiscard]] std::size_t live_tasks() const noexcept {
    const std::uint64_t ended = ended_tasks();
    return static_cast<std::size_t>(spawned_tasks() - ended);
  }
  /// A foreign thread's stay: begun while a task still waits, it keeps the runtime from going.
  struct visit {
    explicit visit(runtime& r) noexcept : rt(r) {
      rt.visitors_.fetch_add(1, memory_order_seq_cst);  // then it looks whether the runtime is gone
    }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit() { rt.visitors_.fetch_sub(1, memory_order_release); }  // pairs with acquire in run
    runtime& rt;
  };

  guest_seat seat;
  const unsigned cpus;  // that the process may use
  job_pool blocking;
  job_pool computing;
  atomic<unsigned> holders{1};  // the runtime object and its handles

  // Constant after the start
  failure_hook on_failure;
  unsigned workers = 0;  // cores but the guest's
  std::vector<std::unique_ptr<core>> cores;
  asymmetric barrier;
  standby spare;
  watchdog dog;
  atomic<bool> inspecting{false};  // the watchdog looks at a task: do not free one
  engine_kind kind;
  std::string reason;
  // Null once it has ended: another task may get its address then.
  atomic<const task_header*> main{nullptr};

  // Any thread
  idle_set idle;
  inject_queue inject;
  root_stop_state root_stop{*this};
  atomic<int> signal{0};
  atomic<std::uint64_t> stop_began{0};  // ns
  atomic<bool> told_holdup{false};

 private:
  /// `part`: all engines are open, so that tables may part.
  enum class gate : std::uint8_t { closed, part, open, given_up };

  void start();
  void await_threads() const noexcept;
  void arrive() noexcept;
  void part(core& mine) noexcept;          // on the core's thread
  void work(core& mine) noexcept;          // a worker's thread
  void be_spare(unsigned index) noexcept;  // a spare carrier's
  void be_porter() noexcept;               // of a runtime that serves
  void carry(core& first) noexcept;        // drives it, and maybe others later
  [[nodiscard]] bool wait_for_gate(core* parts = nullptr) noexcept;
  void note_failure() noexcept;  // of the start, in a catch block
  void open_gate() noexcept;
  void wind_up() noexcept;  // after the last task: joins the threads and closes the engines
  void await_visitors() const noexcept;
  void enlist(task_header& t) noexcept;
  [[nodiscard]] bool start_here(task_header& t) noexcept;

  atomic<std::size_t> busy_{0};  // cores with a task in their registry
  atomic<bool> finished_{false};
  std::exception_ptr main_error_;
  bool main_stopped_ = false;
  std::source_location first_site_;
  // Foreign threads that are waking a task. In a line of its own: cores read what is beside it all the time.
  alignas(cache_line) atomic<unsigned> visitors_{0};
  alignas(cache_line) atomic<unsigned> ready_{0};  // workers whose engine is open, or has failed to open
  atomic<bool> failed_{false};
  std::exception_ptr start_error_;  // of the worker that set failed_
  atomic<gate> gate_{gate::closed};
  bool handle_signals_;
  signal_watch signals_;
  std::vector<std::thread> threads_;
  core* guest_ = nullptr;
  bool serves_;
  bool guest_runs_tasks_;
  bool own_tables_;  // of descriptors: each worker one
  porter porter_;    // for them
  atomic<bool> gone_{false};     // handles are refused
  atomic<bool> closing_{false};  // the last tasks from outside are waited for
  atomic<unsigned> adoptions_{0};
};

/// Runs a core's tasks on the calling thread until the runtime has finished, or the caller's body
/// has ended, or the core is taken over (carrier.cpp).
void drive(core& c, caller* guest = nullptr) noexcept;

/// Frees a task that has not begun and is in no registry.
void discard(task_header& t) noexcept;

/// `who` at `site` has failed, on stderr.
void print_failure(const std::source_location& site, const std::exception_ptr& error,
                   const char* who) noexcept;
/// Says on stderr that a task has failed where nobody else will.
void report_failure(const std::source_location& site, const task_name& name,
                    const std::exception_ptr& error) noexcept;
/// The same of something in a task: `who` at `site`.
void report_loss(const std::source_location& site, const std::exception_ptr& error,
                 const char* who) noexcept;
/// How many were not shown since it was last said, if any.
void tell_of_hidden_failures() noexcept;
/// The task of whose failure the hook hears on this thread just now; null: none.
[[nodiscard]] const std::source_location* reported_now() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
