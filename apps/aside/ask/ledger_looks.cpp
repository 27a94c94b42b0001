// The ledger as looks from time to time fill it: of what came between two of them only sums are known.

#include "ask/ledger.hpp"

#include <algorithm>

namespace aside_app::ask {
namespace {

/// The scheduler's counters of a running thread move only with a tick.
constexpr std::int64_t tick_ns = 8'000'000;

}  // namespace

void ledger::look(thread_record& thread, const sched_times& now, std::optional<cause> why,
                  std::uint64_t time) {
  sampled_ = true;
  const auto passed = static_cast<std::int64_t>(time - std::min(time, thread.since));
  const auto ran = now.run_ns - std::min(now.run_ns, thread.last_read.run_ns);
  auto queued = now.queued_ns - std::min(now.queued_ns, thread.last_read.queued_ns);
  const auto slices = now.slices - std::min(now.slices, thread.last_read.slices);
  const bool is_first = !thread.was_read;
  thread.last_read = now;
  thread.was_read = true;
  if (is_first) {
    become(thread, why ? state::waiting : state::running, time);
    if (why) tag(thread, *why, time);
    thread.since = thread.began = time;
    return;
  }
  const auto repaid = std::min(queued, thread.prepaid_ns);
  queued -= repaid;
  thread.prepaid_ns -= repaid;
  thread.since = time;
  // Woken for nothing, it has waited on.
  if (slices > 0 && ran < slices * next_to_nothing_ns && thread.waits_inside()) queued = 0;
  // A thread that was found a moment ago ran before we knew of it: that is no debt.
  if (passed > 0) thread.pending_ns += passed - static_cast<std::int64_t>(ran + queued);
  if (ran > 0) book_running(thread, static_cast<double>(ran));
  if (queued > 0) book_queued(thread, static_cast<double>(queued));
  const double share =
      passed > 0 ? std::min(1.0, static_cast<double>(ran) / static_cast<double>(passed)) : 0;
  largest_run_ = std::max(largest_run_, static_cast<double>(ran));
  rest_from_run_ *= 1 - share;

  double slept = 0;
  if (why) {
    slept = static_cast<double>(thread.pending_ns);
    thread.pending_ns = 0;
    thread.prepaid_ns = 0;
  } else if (slices > 0) {
    // It slept and woke since; what is left may be the part of its run that no tick has counted.
    slept = static_cast<double>(std::max<std::int64_t>(thread.pending_ns - tick_ns, 0));
    thread.pending_ns -= static_cast<std::int64_t>(slept);
  } else if (ran == 0 && thread.pending_ns > tick_ns) {
    // No tick in all this time: it is runnable and does not run.
    book_queued(thread, static_cast<double>(thread.pending_ns));
    thread.prepaid_ns += static_cast<std::uint64_t>(thread.pending_ns);
    thread.pending_ns = 0;
  }
  const bool was_waiting = thread.now == state::waiting;
  const auto open_for = time - std::min(time, thread.began);
  if (slices > 0) {
    thread.slices += slices;
    thread.runs.add(ran / slices, slices);
    switches_ += slices;
    thread.last_moved = time;
    // A wait of several looks that has ended is one; other slices beside it are preemptions,
    // mostly.
    const bool was_long = open_for > static_cast<std::uint64_t>(passed) * 3 / 2;
    if (was_waiting && (slices == 1 || was_long)) {
      close_wait(thread, open_for - std::min(open_for, ran + queued));
    } else if (slept > 0) {
      const auto each = static_cast<std::uint64_t>(slept) / slices;
      const auto times = each >= shortest_wait_ns ? slices : std::uint64_t{was_waiting};
      if (times == 0 && why) {
        thread.why = *why;
        thread.tagged = true;
        close_short(thread, each, slices);
      }
      for (std::uint64_t i = 0; i < times; ++i) {
        thread.tagged = was_waiting || why.has_value();
        close_wait(thread, each >= shortest_wait_ns ? each : open_for);
      }
    }
    thread.began = time;
  }
  // What ended since the last look is of the cause that was seen then.
  const auto slept_for = slices > 0 && was_waiting ? thread.why : why.value_or(thread.why);
  if (slept != 0) book_waiting(thread, slept_for, slept, time);
  count(thread, -1);
  if (why) {
    thread.why = *why;
    thread.tagged = true;
    thread.limit_ns = thread.seen_limit_ns;
  }
  thread.now = why ? state::waiting : ran > 0 || slices > 0 ? state::running : state::queued;
  count(thread, 1);
}

void ledger::look_at_process(pid_t pid, std::uint64_t run_ns, std::uint64_t passed) noexcept {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return;
  auto& process = found->second;
  const auto unseen = run_ns - std::min(run_ns, process.run_ns);
  const auto before = process.was_read ? process.unseen_run_ns : unseen;
  process.was_read = true;
  process.unseen_run_ns = std::max(before, unseen);
  const auto ran = static_cast<double>(process.unseen_run_ns - before);
  if (ran <= 0 || passed == 0) return;
  current_.running += ran * ns;
  const double share = std::min(1.0, ran / static_cast<double>(passed));
  largest_run_ = std::max(largest_run_, share * static_cast<double>(passed));
  rest_from_run_ *= 1 - share;
}

}  // namespace aside_app::ask
