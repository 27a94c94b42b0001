#pragma once
// core: run queues, engine, timers and registry of one logical processor. A carrier (OS thread)
// drives it; all but the last two groups of members are the driver's alone.

#include "base/inbox.hpp"
#include "driver/engine.hpp"
#include "sched/census.hpp"
#include "sched/inject.hpp"
#include "sched/part.hpp"
#include "sched/ring.hpp"
#include "task/lease.hpp"
#include "task/prefetch.hpp"
#include "time/wheel.hpp"

#include <aside/options.hpp>

#include <memory>
#include <span>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class carrier;
class runtime;

/// One more, by the only thread that writes it.
inline void count(atomic<std::uint64_t>& n) noexcept {
  n.store(n.load(memory_order_relaxed) + 1, memory_order_relaxed);
}

class core : public host {
 public:
  core(runtime& rt, unsigned index, bool keeps_tasks);
  ~core();

  // What any thread may do
  void post(message& m) noexcept;             // runs on the driver, between turns
  void post_lazily(message& m) noexcept;      // the same, once the driver is awake anyway
  void post_pinned(task_header& t) noexcept;  // the task goes on here; links it if it is new
  void wake() noexcept;
  [[nodiscard]] bool has_mail() const noexcept {
    return !inbox_.empty() || pinned_.load(memory_order_relaxed) != nullptr;
  }

  // What the driver does
  void push(task_header& t) noexcept;
  void push_back(task_header& t) noexcept;  // behind everything that is ready
  void push_local(task_header& t) noexcept;
  [[nodiscard]] task_header* next() noexcept;
  /// A turn of it (turn.cpp), and turns of what is at hand then, at most so many in all. False: the core
  /// is another's now, and must not be touched.
  [[nodiscard]] bool run(task_header& t, unsigned most = 1) noexcept;
  /// User code of the turn. False: as above.
  [[nodiscard]] bool resume(promise_base& p) noexcept {
    if (lends) [[unlikely]]
      return resume_lent(p);
    p.handle().resume();
    return true;
  }
  /// Events, timers and messages; waits for them at most so long.
  void poll(std::uint64_t timeout_ns) noexcept;
  [[nodiscard]] std::uint64_t time_to_next_timer() const noexcept;
  void begin_awake() noexcept;
  void look_back() noexcept;  // before it sleeps: was it awake for too long?
  [[nodiscard]] bool something_to_do() const noexcept;
  [[nodiscard]] bool something_of_its_own() const noexcept;
  /// Nothing here can become ready without being sent here.
  [[nodiscard]] bool can_be_left() const noexcept;
  void leave_ready_to_others() noexcept;
  [[nodiscard]] task_header* steal() noexcept;
  void tell_others() noexcept {  // after tasks became stealable
    if (pushed_ != 0) tell_one_of_them();
  }
  void flush_homeward() noexcept;

  void link(nursery_part& p, task_header& t) noexcept;
  void unlink_and_free(task_header& t) noexcept;
  void release_if_over(nursery_part& p) noexcept;
  /// Calls fn for each task of the registry.
  template <class F>
  void for_each_task(F&& fn) {
    for (const nursery_part* p = parts_; p != nullptr; p = p->next_on_core) {
      for (task_header* t = p->first(); t != nullptr; t = p->after(*t))
        fn(*t);
    }
  }
  void take_messages() noexcept;

  void open_engine(engine_kind kind);
  void close_engine() noexcept {
    engine_.reset();
    io = nullptr;
  }

  // Constant
  runtime& rt;
  const unsigned index;
  const bool keeps_tasks;  // what begins here never leaves

  // Driver
  bool in_poll = false;    // between turns; for ever where tasks are kept, for one test less in `push`
  bool in_turn = false;
  bool worth_spinning = true;
  bool shares_all = false;   // what it makes ready others must be able to take at once
  bool only_pinned = false;  // it runs what must run here, and leaves the rest to others
  nursery_part root;
  carrier* driver = nullptr;  // the taker's: whose lease to end; null: it cannot be taken over

 private:
  /// Ended tasks of another core's registry, on the way home.
  struct homeward {
    task_header* last = nullptr;
    task_header* first = nullptr;
    unsigned count = 0;
  };

  [[nodiscard]] bool turn(task_header& t) noexcept;
  /// `arming`: a stopper has met the task in this turn, or looks inside. Passes on what it was to pass on.
  void hear_missed(task_header& t) noexcept;
  [[nodiscard]] task_header* at_hand() noexcept;
  [[nodiscard]] bool look_is_due() noexcept;
  /// A turn that was spent on system calls took as long as many: who has become ready meanwhile goes before
  /// its task, which is not queued yet.
  void look_now() noexcept;
  void tell_one_of_them() noexcept;
  void attend() noexcept;  // to what other threads have sent
  [[nodiscard]] task_header* look_around() noexcept;
  void take_returned() noexcept;
  void reclaim() noexcept;
  void send_home(task_header& ended) noexcept;
  void flush(homeward& chain, core& home) noexcept;
  void ring_push(task_header& t) noexcept;
  void overflow(task_header& t) noexcept;
  [[nodiscard]] task_header* from_inject() noexcept;
  [[nodiscard]] task_header* next_pinned() noexcept;
  void adopt(std::span<task_header* const> many, std::size_t of_ring) noexcept;
  void leave_turn() noexcept;
  void push_aside(task_header& t) noexcept;
  [[nodiscard]] static bool resume_lent(promise_base& p) noexcept;
  void end(task_header& t, std::exception_ptr error, bool stopped) noexcept;

  const inject_queue& inject_;  // rt's, whose type is incomplete here
  std::unique_ptr<engine> engine_;
  timer_wheel wheel_;
  task_header* lifo_ = nullptr;
  unsigned lifo_uses_ = 0;
  task_header* local_ = nullptr;  // spawn_local tasks, first in first out
  task_header* local_end_ = nullptr;
  nursery_part* parts_ = nullptr;
  std::uint32_t tick_ = 0;
  std::uint32_t turns_to_look_ = 1;
  std::uint32_t looks_to_poll_ = 1;
  std::uint32_t polls_to_clock_ = 1;
  std::uint32_t random_;
  unsigned pushed_ = 0;
  std::uint64_t woke_ns_ = 0;  // when it last began to be awake, by the coarse clock
  std::uint64_t woke_epoch_ = 0;
  bool alone_ = false;              // the only core
  std::vector<homeward> homeward_;  // for each core
  unsigned chains_homeward_ = 0;    // not empty

 public:
  // Written by the driver, read by others
  alignas(cache_line) atomic<std::uintptr_t> current{0};  // the task of the turn; |1 while it arms
  atomic<std::uint64_t> epoch{0};                         // one more each turn
  atomic<std::size_t> homed{0};  // tasks in the registry, ended ones that are not home yet included
  atomic<std::uint64_t> tasks_spawned{0};                 // tasks that were ever put into it
  atomic<bool> expects{true};                             // parked: something may still wake it
  atomic<int> thread{0};                                  // number of the thread that drives it
  atomic<std::uint32_t> age{0};          // when it last looked at the clock (age.hpp)
  atomic<std::uint64_t> adopted{0};      // tasks from outside that were taken (inject_queue::taken)
  atomic<std::uint64_t> tasks_ended{0};  // tasks that ended here
  atomic<std::uint64_t> parks{0};        // waits in the engine
  atomic<std::uint64_t> wakes_sent{0};   // of other cores
  atomic<std::uint64_t> steals{0};       // batches of tasks
  run_ring<task_header, 256> ring;

 private:
  // Any thread
  alignas(cache_line) inbox inbox_;
  atomic<task_header*> pinned_{nullptr};
  atomic<task_header*> returned_{nullptr};
  census_entry census_;  // last: it goes before what it names
};

inline constexpr unsigned lifo_cap = 3;  // turns in a row from the LIFO slot
/// Turns between looks at the inject queue, and such looks between those at events and timers, of a core
/// that need not sleep meanwhile.
inline constexpr std::uint32_t look_every = 16;
inline constexpr std::uint32_t poll_every = 4;
inline constexpr std::size_t inject_batch = 64;  // so many are taken from it at once, at most

/// Is there something to look at, after so many turns? Not where the inject queue is empty, nor, three
/// times of four, where enough is waiting here: who takes few at a time pays the lock for each.
inline bool core::look_is_due() noexcept {
  if (turns_to_look_ != 1) [[likely]]
    return false;
  if (looks_to_poll_ == 1 || (ring.size() < inject_batch && !inject_.seems_empty())) return true;
  --looks_to_poll_;
  turns_to_look_ = look_every + 1;
  return false;
}

/// The next task where it can be had at once, with nothing else to see to; else null, and `next` knows.
inline task_header* core::at_hand() noexcept {
  if (!inbox_.seems_empty() || pinned_.load(memory_order_relaxed) != nullptr ||
      returned_.load(memory_order_relaxed) != nullptr || local_ != nullptr || only_pinned ||
      look_is_due()) [[unlikely]]
    return nullptr;
  task_header* t = lifo_;
  if (t != nullptr) {
    if (lifo_uses_ == lifo_cap) return nullptr;
    ++lifo_uses_;
    lifo_ = nullptr;
  } else {
    t = alone_ ? ring.pop_alone() : ring.pop();
    if (t == nullptr) return nullptr;
    lifo_uses_ = 0;
    ring.for_oldest(1, [](const task_header* each) { prefetch(each); });  // on its way meanwhile
  }
  --turns_to_look_;
  return t;
}

/// The core that the calling thread drives, or null. One that has lost it learns that from a
/// core_guard; what it may still use is the runtime.
[[nodiscard]] core* this_core() noexcept;
void set_this_core(core* c) noexcept;

/// The way from user code to its core.
class core_guard : public host_guard {
 public:
  core_guard() noexcept : host_guard(this_core()) {}
  [[nodiscard]] core* get() const noexcept { return static_cast<core*>(host_); }
};

// Of the calling core and its runtime
[[nodiscard]] unsigned core_count() noexcept;
[[nodiscard]] unsigned this_core_index() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
