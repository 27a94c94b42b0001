// The race that matters: the turn ends, and its task is freed, while the watchdog reads where the task
// was spawned. It sets `inspecting`, passes the heavy barrier, and looks at the turn once more; whoever
// frees a task looks at `inspecting` first. If the turn still lasts, its task has not ended, so it is
// freed later, by somebody who sees `inspecting` and waits for the end of these few instructions.

#include "sched/watchdog.hpp"

#include "base/clock.hpp"
#include "base/doorbell.hpp"
#include "base/thread_state.hpp"
#include "sched/name.hpp"
#include "sched/runtime.hpp"
#include "sched/snapshot.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <utility>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t too_long = look_pace::close;
constexpr std::uint64_t second = 1000 * ms;
constexpr unsigned lines_a_second = 10;
constexpr std::uint64_t rest = 1 * second;
constexpr unsigned looks_to_be_sure = 3;
constexpr std::uint64_t between_them = 80 * ms;

}  // namespace

watchdog::watchdog(runtime& rt, const options& o)
    : rt_(rt), enabled_(o.watchdog()), hook_(o.on_held()) {}

std::uint64_t watchdog::look() noexcept {
  rests_.store(false, memory_order_relaxed);
  if (turns_.size() != rt_.cores.size()) {
    try {
      turns_.resize(rt_.cores.size());
    } catch (const std::bad_alloc&) {
      return rest;
    }
  }
  busy_ = in_a_turn_ = false;
  const std::uint64_t now = now_ns();
  for (std::size_t i = 0; i < turns_.size(); ++i)
    look_at(i, now);
  look_for_the_end();
  if (busy_) return pace.next(!in_a_turn_ && all_sleep() && rt_.spare.spares() == 0);
  pace.begin_anew();
  if (dead_looks_ != 0 && dead_looks_ < looks_to_be_sure - 1) return between_them;
  rests_.store(true, memory_order_seq_cst);  // [REST]
  if (all_sleep())
    return dead_looks_ != 0 || rt_.guest_core() != nullptr ? rest : doorbell::forever;
  rests_.store(false, memory_order_relaxed);
  return too_long;
}

bool watchdog::all_sleep() const noexcept {
  for (unsigned i = 0; i < rt_.cores.size(); ++i) {
    if (!rt_.idle.sleeps(i)) return false;  // [REST]
  }
  return true;
}

void watchdog::look_for_the_end() noexcept {
  if (busy_) told_ = false;
  const std::size_t n = rt_.cores.size();
  bool dead = !busy_ && !told_ && std::popcount(rt_.idle.sleepers()) == static_cast<int>(n) &&
              rt_.inject.size() == 0 && rt_.live_tasks() != 0 && !rt_.spare.has_strays();
  for (const auto& c : rt_.cores)
    dead = dead && !c->expects.load(memory_order_relaxed);
  for (const auto& c : rt_.cores) {
    if (!dead || !c->has_mail()) continue;
    // Posted lazily, as a nursery's end is, it has woken nobody; the next look finds it taken.
    c->wake();
    dead_looks_ = std::max(dead_looks_, 1u);
    return;
  }
  if (!dead) {
    dead_looks_ = 0;
    return;
  }
  if (++dead_looks_ < looks_to_be_sure) return;
  if (thread_count() != n + 1 + rt_.spare.spares() + rt_.porters()) {  // another thread may set an event
    --dead_looks_;
    return;
  }
  told_ = true;  // the dump wakes the cores, which is no reason for another
  dead_looks_ = 0;
  report_tasks(
      rt_,
      "aside: nothing is left that could wake these tasks: no timer, no descriptor, no other thread");
}

void watchdog::look_at(std::size_t index, std::uint64_t now) noexcept {
  core& c = *rt_.cores[index];
  turn& t = turns_[index];
  const std::uint64_t epoch = c.epoch.load(memory_order_relaxed);
  const bool in_turn = c.current.load(memory_order_relaxed) != 0;
  const int carrier = c.thread.load(memory_order_relaxed);
  in_a_turn_ = in_a_turn_ || in_turn;
  if (epoch != t.epoch) {
    busy_ = true;
    t = {epoch, now, thread_cpu_ns(carrier), too_long, false};
    return;
  }
  if (!in_turn || t.since == 0) return;
  busy_ = true;
  const std::uint64_t lasted = now - t.since;
  const bool due = lasted >= t.report_at;
  if (!due && (lasted < too_long || rt_.spare.spares() == 0)) return;
  const std::uint64_t computed = thread_cpu_ns(carrier) - t.cpu;
  const int in_call = blocked_in(carrier);
  if (in_call == not_blocked && computed < too_long) return;
  if (!due) {
    if (in_call != not_blocked) static_cast<void>(rt_.spare.take_over(c, epoch));
    return;
  }
  t.report_at *= 10;
  report(index, epoch,
         held_turn(c.index, std::chrono::nanoseconds(static_cast<std::int64_t>(lasted)), in_call));
}

void watchdog::report(std::size_t index, std::uint64_t epoch, held_turn what) noexcept {
  core& c = *rt_.cores[index];
  rt_.inspecting.store(true, memory_order_seq_cst);
  rt_.barrier.heavy_barrier();
  const std::uintptr_t on = c.current.load(memory_order_seq_cst);
  const bool still = on != 0 && (on & 1) == 0 && c.epoch.load(memory_order_relaxed) == epoch;
  if (still) {
    const auto* const t = reinterpret_cast<const task_header*>(on);
    what.task = t->site_;
    what.main_task = t == rt_.main.load(memory_order_relaxed);
    if (what.system_call != not_blocked) what.taken_over = rt_.spare.take_over(c, epoch);
    what.name = name_of(*t);
  }
  rt_.inspecting.store(false, memory_order_release);  // pairs with acquire in unlink_and_free
  if (!still) return;
  if (turn& t = turns_[index]; !std::exchange(t.counted, true))
    held_.fetch_add(1, memory_order_relaxed);
  if (hook_ != nullptr)
    hook_(what);
  else
    say(what);
}

void watchdog::say(const held_turn& what) noexcept {
  const std::uint64_t now = now_ns() / second;
  if (now != second_) {
    if (unsaid_ != 0)
      std::fprintf(stderr, "aside: %llu more reports of held cores\n",
                   static_cast<unsigned long long>(unsaid_));
    second_ = now;
    lines_ = 0;
    unsaid_ = 0;
  }
  if (++lines_ > lines_a_second) {
    ++unsaid_;
    return;
  }
  char does[48] = "computes";
  if (what.system_call == blocked_outside_a_call)
    std::snprintf(does, sizeof does, "waits for memory");
  else if (const char* const name = system_call_name(what.system_call); name != nullptr)
    std::snprintf(does, sizeof does, std::strchr(name, ' ') == nullptr ? "is in %s()" : "is in %s",
                  name);
  else if (what.system_call >= 0)
    std::snprintf(does, sizeof does, "is in system call %d", what.system_call);
  const task_title who(what.main_task, what.name, what.task);
  std::fprintf(stderr, "aside: %s has held core %u for %lld ms and %s; %s\n", who.text(), what.core,
               static_cast<long long>(what.time.count() / 1'000'000), does,
               what.taken_over ? "another thread runs the core's other tasks"
                               : "the core's other tasks wait");
}

}  // namespace aside::inline ASIDE_ABI::detail
