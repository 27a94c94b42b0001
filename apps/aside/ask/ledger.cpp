#include "ask/ledger.hpp"

#include <algorithm>
#include <utility>

namespace aside_app::ask {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

/// A process that lived no longer, and did not wait for most of its life, spent it on being started.
constexpr std::uint64_t short_life = second / 10;

/// Threads that have ended are kept for the report up to this many.
constexpr std::size_t most_ended = 20'000;

}  // namespace

thread_record& ledger::add(pid_t pid, pid_t tid, state now, std::uint64_t time) {
  if (auto* old = find(tid)) end(*old, time);
  auto& place = threads_[tid];
  place = std::make_unique<thread_record>();
  auto& thread = *place;
  thread.pid = pid;
  thread.tid = tid;
  thread.now = now;
  thread.born = thread.since = thread.began = thread.last_moved = time;
  tick(time);
  count(thread, 1);
  ++thread_count_;
  const auto [process, is_first] = processes_.try_emplace(pid);
  if (is_first) {
    process->second.born = time;
    ++process_count_;
  }
  ++process->second.threads;
  return thread;
}

thread_record* ledger::find(pid_t tid) noexcept {
  const auto found = threads_.find(tid);
  return found == threads_.end() ? nullptr : found->second.get();
}

void ledger::end(thread_record& thread, std::uint64_t time) {
  // A thread can't end while it waits: the wait was over before anybody looked again.
  if (sampled_ && !finishing_ && thread.now == state::waiting)
    close_wait(thread, time - std::min(time, thread.began));
  else if (thread.now == state::waiting)
    thread.all_waits.add(static_cast<double>(time - std::min(time, thread.began)) * ns);
  // What it ran since the last look the clock of its process tells, or the sum when all is over.
  if (sampled_ && !finishing_ && thread.now == state::running && (knows_sums_ || thread.tid != thread.pid))
    thread.since = time;
  become(thread, state::ended, time);
  thread.ended = time;
  give_up(thread);
  const auto found = threads_.find(thread.tid);
  const bool is_leader = thread.tid == thread.pid;
  const auto pid = thread.pid;
  if (found != threads_.end()) {
    if (ended_.size() < most_ended) ended_.push_back(std::move(found->second));
    threads_.erase(found);
  }
  if (is_leader) end_process(pid, time);
}

void ledger::end_process(pid_t pid, std::uint64_t time) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return;
  const auto& process = found->second;
  const auto life = time - std::min(time, process.born);
  // Whoever waits for a process that it has begun does nothing but begin it.
  // Looks from time to time see its end late, and so do not know how long it did nothing.
  const bool is_active = sampled_ ? 2 * process.outside_ns < life
                                  : 2 * (process.run_ns + process.queued_ns) >= life;
  const bool only_starts = process.has_children || is_active;
  if (life < short_life && only_starts) {
    ++short_processes_;
    short_run_ns_ += process.run_ns;
  }
  processes_.erase(found);
}

void ledger::count(const thread_record& thread, int by) noexcept {
  if (thread.now == state::running) running_ += by;
  if (thread.now == state::queued) queued_ += by;
  if (thread.now == state::waiting && (is_external(thread.why) || thread.why == cause::unknown))
    waiting_outside_ += by;
}

void ledger::tick(std::uint64_t time) noexcept {
  if (time <= clock_) return;
  const double passed = static_cast<double>(time - clock_) * ns;
  if (running_ > 0 && !sampled_) current_.some_ran += passed;
  if (waiting_outside_ > 0) current_.some_waited += passed;
  clock_ = time;
}

void ledger::book_running(thread_record& thread, double nanoseconds) noexcept {
  current_.running += nanoseconds * ns;
  thread.run_ns += static_cast<std::uint64_t>(nanoseconds);
  const auto found = processes_.find(thread.pid);
  if (found != processes_.end()) found->second.run_ns += static_cast<std::uint64_t>(nanoseconds);
}

void ledger::book_queued(thread_record& thread, double nanoseconds) noexcept {
  current_.queued += nanoseconds * ns;
  thread.queued_ns += static_cast<std::uint64_t>(nanoseconds);
  const auto found = processes_.find(thread.pid);
  if (found != processes_.end()) found->second.queued_ns += static_cast<std::uint64_t>(nanoseconds);
}

void ledger::book_waiting(thread_record& thread, cause why, double nanoseconds,
                          std::uint64_t time) noexcept {
  const bool is_parked = time > thread.last_moved + second;
  const auto at = index_of(why);
  current_.waiting[at] += nanoseconds * ns;
  current_.weights[at] += nanoseconds * ns * weight_of(why, is_parked);
  thread.waited[at] += nanoseconds * ns;
  if (!is_external(why) || nanoseconds <= 0) return;
  largest_wait_ = std::max(largest_wait_, nanoseconds);
  const auto found = processes_.find(thread.pid);
  if (found != processes_.end()) found->second.outside_ns += static_cast<std::uint64_t>(nanoseconds);
}

void ledger::account(thread_record& thread, std::uint64_t time) noexcept {
  if (time <= thread.since) return;
  const auto passed = static_cast<double>(time - thread.since);
  switch (thread.now) {
    case state::running:
      book_running(thread, passed);
      break;
    case state::queued:
      book_queued(thread, passed);
      thread.accounted_queue_ns += time - thread.since;
      break;
    case state::waiting:
      book_waiting(thread, thread.why, passed, time);
      break;
    case state::ended:
      break;
  }
  thread.since = time;
}

void ledger::become(thread_record& thread, state next, std::uint64_t time) noexcept {
  tick(time);
  account(thread, time);
  count(thread, -1);
  thread.now = next;
  count(thread, 1);
}

void ledger::assume_unchanged(thread_record& thread, std::uint64_t time) noexcept {
  account(thread, time);
}

void ledger::advance(std::uint64_t time) {
  tick(time);
  for (auto& [tid, thread] : threads_)
    account(*thread, time);
}

void ledger::tag(thread_record& thread, cause why, std::uint64_t time) {
  if (thread.now != state::waiting) return;
  tick(time);
  count(thread, -1);
  // What has passed since the last stretch was waited for this, too.
  thread.why = why;
  thread.limit_ns = thread.seen_limit_ns;
  thread.tagged = true;
  count(thread, 1);
  account(thread, time);
}

void ledger::close_stretch(std::uint64_t time, std::uint64_t parts) {
  tick(time);
  current_.length = static_cast<double>(time - std::min(time, opened_)) * ns;
  if (current_.length <= 0) return;
  if (sampled_) {
    const double length = current_.length;
    current_.some_ran = std::min(
        {length, current_.running, std::max(largest_run_ * ns, length * (1 - rest_from_run_))});
    // It may have waited before it was seen to.
    current_.some_waited = std::max(current_.some_waited, std::min(length, largest_wait_ * ns));
  }
  current_.some_ran = std::min(current_.some_ran, current_.length);
  current_.most_runnable = static_cast<double>(running_ + queued_);
  current_.most_threads = static_cast<double>(threads_.size());
  current_.blame();
  history_.add(current_, parts);
  current_ = {};
  largest_run_ = 0;
  largest_wait_ = 0;
  rest_from_run_ = 1;
  opened_ = time;
}

void ledger::finish(std::uint64_t time) {
  advance(time);
  close_stretch(time);
  finishing_ = true;
  while (!threads_.empty())
    end(*threads_.begin()->second, time);
  auto seconds = unseen_.resolve_into(waits_);
  for (std::size_t i = 0; i < causes; ++i)
    seconds[i] += short_unseen_[i];
  double left = 0;
  for (const auto each : seconds)
    left += each;
  // What is unknown in the books is mostly of these waits.
  for (const auto why : all_causes()) {
    const double part = seconds[index_of(why)];
    if (why == cause::unknown || part <= 0) continue;
    history_.reassign(cause::unknown, why, std::min(1.0, part / left));
    left -= part;
  }
}

}  // namespace aside_app::ask
