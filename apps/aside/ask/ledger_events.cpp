// The ledger as the scheduler's own events fill it.

#include "ask/ledger.hpp"

#include <algorithm>
#include <utility>

namespace aside_app::ask {
void ledger::apply(const switch_event& event) {
  using kind = switch_event::kind;
  auto* thread = find(event.tid);
  if (event.what == kind::born) {
    add(event.pid, event.tid, state::queued, event.time);
    const auto parent = processes_.find(event.parent);
    if (event.parent != event.pid && parent != processes_.end()) parent->second.has_children = true;
    return;
  }
  if (event.what == kind::ended) {
    if (thread != nullptr) end(*thread, event.time);
    return;
  }
  if (event.pid <= 0 || event.tid <= 0) return;
  if (thread == nullptr)
    thread = &add(event.pid, event.tid, event.what == kind::in ? state::queued : state::running,
                  event.time);
  if (event.what == kind::in) {
    if (thread->now == state::running) return;
    const bool waited = thread->now == state::waiting;
    thread->queue_ended_ns = waited ? 0 : event.time - std::min(event.time, thread->began);
    become(*thread, state::running, event.time);
    thread->run_ns_at_start = thread->run_ns;
    if (waited) {
      thread->run_ns_before = thread->run_ns;
      close_wait(*thread, event.time - std::min(event.time, thread->began));
    }
    thread->last_moved = event.time;
    ++thread->slices;
    ++switches_;
    return;
  }
  if (thread->now == state::waiting || thread->now == state::queued) return;
  const bool blocks = event.what == kind::blocked;
  thread->began = event.time;
  become(*thread, blocks ? state::waiting : state::queued, event.time);
  if (!blocks) return;
  const auto ran = thread->run_ns - std::min(thread->run_ns, thread->run_ns_before);
  thread->runs.add(ran);
  if (!thread->waits_inside()) return;
  if (ran < next_to_nothing_ns) ++thread->idle_runs;
  if (thread->run_ns - thread->run_ns_at_start < next_to_nothing_ns) return_queue(*thread);
}

/// It lost its processor when it was about to wait: what it queued for was only to say so.
void ledger::return_queue(thread_record& thread) noexcept {
  const auto why = thread.usual_cause();
  const double seconds = static_cast<double>(std::exchange(thread.queue_ended_ns, 0)) * ns;
  const double here = current_.take_from_queue(why, seconds);
  const double taken = here + history_.take_from_queue(why, seconds - here);
  const auto moved = static_cast<std::uint64_t>(taken / ns);
  thread.waited[index_of(why)] += taken;
  thread.queued_ns -= std::min(thread.queued_ns, moved);
  if (const auto found = processes_.find(thread.pid); found != processes_.end())
    found->second.queued_ns -= std::min(found->second.queued_ns, moved);
}

void ledger::correct_queue(thread_record& thread, const sched_times& now) {
  const auto said = now.queued_ns - std::min(now.queued_ns, thread.last_read.queued_ns);
  const bool is_first = !thread.was_read;
  thread.last_read = now;
  thread.was_read = true;
  if (is_first && thread.born == start_) {
    // A thread that was there before we came has a past that is not ours.
    thread.accounted_queue_ns = 0;
    return;
  }
  const auto known = std::min(said, thread.accounted_queue_ns);
  thread.accounted_queue_ns -= known;
  const auto runs = thread.runs.count();
  const auto recent = runs - std::exchange(thread.runs_counted, runs);
  const auto idle = std::exchange(thread.idle_runs, 0);
  // It was booked as waiting, in this stretch or earlier.
  double left = static_cast<double>(said - known) * ns;
  // Who was woken to do nothing has waited on.
  if (recent > 0) left *= 1 - static_cast<double>(std::min(idle, recent)) / static_cast<double>(recent);
  auto order = all_causes();
  std::sort(order.begin(), order.end(), [&](cause a, cause b) {
    return (a == thread.why) != (b == thread.why)
               ? a == thread.why
               : thread.waited[index_of(a)] > thread.waited[index_of(b)];
  });
  for (const auto why : order) {
    if (left <= 0) break;
    auto& waited = thread.waited[index_of(why)];
    const double part = std::min(left, waited);
    const double here = current_.take_for_queue(why, part);
    const double taken = here + history_.take_for_queue(why, part - here);
    waited -= taken;
    left -= taken;
    const auto moved = static_cast<std::uint64_t>(taken / ns);
    thread.queued_ns += moved;
    if (const auto found = processes_.find(thread.pid); found != processes_.end())
      found->second.queued_ns += moved;
  }
}

}  // namespace aside_app::ask
