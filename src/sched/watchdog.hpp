#pragma once
// watchdog: notices a task that holds its core, and says which one and in what.
//
// It looks at each core's `epoch` and `current` now and then, from a thread that is no carrier. A
// turn that it meets twice has lasted at least as long as lies between: wall clock time, so blocking is
// noticed as well as computing. It counts only when the carrier has used the processor meanwhile, or
// sits in a system call; one that is merely kept from the processor holds nothing up.
//
// While every core sleeps it rests; a core that wakes up ends the rest. The race that matters, tag
// [REST]: it says that it rests and looks whether all sleep, a core says that it is awake and looks
// whether the watchdog rests, all in sequentially consistent order. It looks once a second all the same
// where a guest core may begin without saying so, and where the end of a thread may leave nothing that
// could wake a task.
//
// It also notices when nothing can run again: every core sleeps without a timer, a descriptor or an
// operation, no message is under way, and the process has no other thread that could wake a task. A core
// that sleeps on a message that was posted lazily is woken for it first. It says so once, until a task has had
// a turn again.

#include "sched/look_pace.hpp"

#include <aside/options.hpp>

#include <cstdint>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class runtime;

class watchdog {
 public:
  explicit watchdog(runtime& rt, const options& o);

  [[nodiscard]] bool enabled() const noexcept { return enabled_; }
  /// One look at every core. Nanoseconds until the next.
  [[nodiscard]] std::uint64_t look() noexcept;
  /// A core is awake. True for the one that has to wake the watchdog for it. [REST]
  [[nodiscard]] bool end_rest() noexcept {
    return rests_.load(memory_order_seq_cst) && rests_.exchange(false, memory_order_relaxed);
  }
  look_pace pace;
  /// Turns that were too long, since the start.
  [[nodiscard]] std::uint64_t held() const noexcept { return held_.load(memory_order_relaxed); }

 private:
  struct turn {
    std::uint64_t epoch = 0;
    std::uint64_t since = 0;      // first seen
    std::uint64_t cpu = 0;        // of the carrier, then
    std::uint64_t report_at = 0;  // ns of the turn
    bool counted = false;
  };

  void look_at(std::size_t index, std::uint64_t now) noexcept;
  void look_for_the_end() noexcept;
  [[nodiscard]] bool all_sleep() const noexcept;
  void report(std::size_t index, std::uint64_t epoch, held_turn what) noexcept;
  void say(const held_turn& what) noexcept;

  runtime& rt_;
  bool enabled_;
  void (*hook_)(const held_turn&);
  std::vector<turn> turns_;  // of each core
  atomic<bool> rests_{false};
  bool busy_ = false;       // turns have begun since the last look, or one lasts
  bool in_a_turn_ = false;  // a guest's core may be, though it does not say that it is awake
  unsigned dead_looks_ = 0;
  bool told_ = false;  // that nothing can run again; until a task has had a turn
  atomic<std::uint64_t> held_{0};
  // At most so many lines a second
  std::uint64_t second_ = 0;
  unsigned lines_ = 0;
  std::uint64_t unsaid_ = 0;
};

}  // namespace aside::inline ASIDE_ABI::detail
