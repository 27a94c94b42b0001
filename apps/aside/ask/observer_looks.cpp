// Where the scheduler does not tell, and of what it does not tell: looks at everything that is watched.

#include "ask/observer.hpp"

#include <unistd.h>
#include <algorithm>
#include <ctime>
#include <optional>
#include <set>
#include <utility>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

using state = thread_record::state;

/// With more threads than this, those that do not move are passed over sooner.
constexpr std::size_t many_threads = 64;

/// Looks at event loops that compute come no sooner, and take a fiftieth of the time at most.
constexpr std::uint64_t shortest_loop_ns = 100'000'000;
constexpr std::uint64_t loop_look_share = 50;

/// Of the time since the last look: a process that has run for less does not compute.
constexpr double computes = 0.25;

/// What the process has run, with its threads that have ended, in nanoseconds.
std::optional<std::uint64_t> clock_of(pid_t pid) noexcept {
  clockid_t clock{};
  timespec ran{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ran) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(ran.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(ran.tv_nsec);
}

/// A process that is about to end gives its memory back before its switches end.
bool has_memory(pid_t pid) {
  return number_at(read_text("/proc/" + std::to_string(pid) + "/statm"), 0).value_or(0) > 0;
}

}  // namespace

void observer::look_for_new(std::uint64_t now) {
  const bool always = sweeps_ % 64 == 0;
  std::vector<pid_t> pids;
  for (const auto& [tid, thread] : ledger_->threads())
    if (thread->pid == tid || always) pids.push_back(thread->pid);
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  for (std::size_t i = 0; i < pids.size(); ++i)
    add_threads(pids[i], process(pids[i]).threads_if_changed(always), now);
  std::vector<thread_record*> parents;
  for (const auto& [tid, thread] : ledger_->threads())
    if (thread->last_moved + 300'000'000 > now) parents.push_back(thread.get());
  // Where there are more, each has its turn.
  for (std::size_t i = 0; i < std::min(parents.size(), most_looks); ++i) {
    const auto& parent = *parents[(sweeps_ * most_looks + i) % parents.size()];
    for (const auto child : children_of(parent.pid, parent.tid)) {
      if (child == getpid() || processes_.contains(child) || is_left_over(child, child)) continue;
      add_threads(child, process(child).threads_if_changed(true), now);
      if (ledger_->find(child) == nullptr) processes_.erase(child);  // it has gone meanwhile
    }
  }
}

/// A program that gets rights of its own by exec (sudo, a file that may be run and not read) is
/// followed no more: the kernel keeps its switches from those who may not see them. What /proc
/// shows everybody is left.
void observer::look_for_root(std::uint64_t now) {
  if (!ledger_->threads().empty() || !has_memory(root_)) return;
  fall_back("it has rights of its own, and its switches are not shown to you", now);
  add_threads(root_, process(root_).threads_if_changed(true), now);
}

void observer::look_at_all(std::uint64_t now) {
  std::vector<thread_record*> gone;
  // Each sweep begins its looks where the last one ended, so that every thread has its turn.
  const auto count = std::max<std::size_t>(ledger_->threads().size(), 1);
  const auto first = next_to_tag_ % count;
  next_to_tag_ += most_looks;
  std::size_t at = 0;
  std::size_t first_looks = 0;
  const auto looks_a_skip = count > many_threads ? 1u : 8u;
  for (auto& [tid, place] : ledger_->threads()) {
    auto& thread = *place;
    const bool in_turn = (at++ + count - first) % count < most_looks;
    // Which of Go's threads is in its poller changes from wait to wait.
    if (thread.is_lent) thread.skip = 0;
    if (thread.skip > 0) {
      --thread.skip;
      ledger_->assume_unchanged(thread, now);
      continue;
    }
    const auto times = files_.times_of(thread);
    if (!times) {
      if (files_.is_full())
        ledger_->assume_unchanged(thread, now);
      else
        gone.push_back(&thread);
      continue;
    }
    const bool has_turn = in_turn || (!thread.was_looked_into && first_looks++ < most_first_looks);
    const bool same = thread.was_read && thread.now == state::waiting && thread.tagged &&
                      (thread.was_looked_into || !has_turn) &&
                      times->slices == thread.last_read.slices &&
                      times->run_ns == thread.last_read.run_ns;
    if (same) {
      ++thread.unchanged;
      thread.skip = std::min(20u, thread.unchanged / looks_a_skip);
      ledger_->look(thread, *times, thread.why, now);
      continue;
    }
    thread.unchanged = 0;
    auto why = std::optional<cause>{};
    if (has_turn)
      why = see_cause(thread);
    else if (thread.now == state::waiting || thread.why != cause::unknown)
      why = thread.why;
    // What it ran to the last counts still. A thread that is not its process's first may be listed a little
    // longer, and would be taken for a new one.
    if (thread.is_dead && thread.tid == thread.pid) gone.push_back(&thread);
    ledger_->look(thread, *times, why, now);
  }
  for (const auto& [pid, view] : processes_)
    if (const auto ran = clock_of(pid))
      ledger_->look_at_process(pid, *ran, now - std::min(now, last_time_));
  std::set<pid_t> changed;
  std::set<pid_t> ended;
  for (auto* each : gone) {
    if (each->tid != each->pid) changed.insert(each->pid);
    ended.insert(each->tid);
    forget(*each, now);
  }
  // Others may have begun in their place: as many as before are not the same.
  for (const auto pid : changed) {
    if (ledger_->find(pid) == nullptr) continue;
    auto threads = process(pid).threads_if_changed(true);
    std::erase_if(threads, [&](pid_t tid) { return ended.contains(tid); });
    add_threads(pid, threads, now);
  }
}

void observer::count_tasks(std::uint64_t now) {
  task_counts sum;
  bool any = false;
  for (auto& [pid, view] : processes_) {
    const auto counts = view->census().read(now);
    if (!counts) continue;
    any = true;
    sum.waiting += counts->waiting;
    sum.ready += counts->ready;
    sum.running += counts->running;
    sum.partial |= counts->partial;
  }
  if (!any) return;
  const double passed = static_cast<double>(now - std::min(now, last_time_)) * 1e-9;
  const double whole = tasks_.seconds + passed;
  if (whole <= 0) return;
  const auto add = [&](double& mean, double value) { mean += (value - mean) * passed / whole; };
  add(tasks_.waiting, sum.waiting);
  add(tasks_.ready, sum.ready);
  add(tasks_.running, sum.running);
  tasks_.seconds = whole;
  tasks_.most = std::max(tasks_.most, sum.waiting + sum.ready + sum.running);
  tasks_.partial |= sum.partial;
}

void observer::look_at_loops(std::uint64_t now) {
  if (now < next_loop_look_) return;
  const auto began = monotonic_ns();
  std::unordered_map<pid_t, std::uint64_t> ran;
  for (const auto& [tid, thread] : ledger_->threads())
    ran[thread->pid] += thread->run_ns;
  const auto passed = static_cast<double>(now - std::min(now, last_loop_look_));
  bool any = false;
  for (const auto& [pid, nanoseconds] : ran) {
    const auto before = ran_ns_.find(pid);
    if (before == ran_ns_.end() || nanoseconds <= before->second ||
        static_cast<double>(nanoseconds - before->second) < computes * passed)
      continue;
    any = true;
    served_sum_ += process(pid).loop().served();
  }
  loop_looks_ += any;
  ran_ns_ = std::move(ran);
  last_loop_look_ = now;
  next_loop_look_ = now + std::max(shortest_loop_ns, loop_look_share * (monotonic_ns() - began));
}

void observer::look_at_monitors(std::uint64_t now) {
  if (now < next_monitor_look_) return;
  next_monitor_look_ = now + shortest_loop_ns;
  for (auto& [pid, view] : processes_) {
    if (!view->keeps_house()) continue;
    const auto now_counted = view->monitors().counts();
    if (!now_counted) continue;
    const auto& before = monitors_before_.try_emplace(pid, *now_counted).first->second;
    monitors_[pid] = {now_counted->waits - std::min(now_counted->waits, before.waits),
                      now_counted->tells - std::min(now_counted->tells, before.tells)};
  }
}

}  // namespace aside_app::ask
