#include "ask/observer.hpp"

#include <unistd.h>
#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

namespace aside_app::ask {
namespace {

using namespace std::chrono_literals;
using state = thread_record::state;

constexpr std::chrono::nanoseconds shortest_interval = 5ms;
constexpr std::chrono::nanoseconds longest_interval = 250ms;

/// While nothing moves there is nothing to learn: looks become as rare as this, and as a twentieth of
/// the time watched so far.
constexpr std::chrono::nanoseconds longest_quiet = 50ms;

/// Quiet time is kept in pieces of this length, as if it had been looked at all along.
constexpr std::uint64_t quiet_piece_ns = 5'000'000;

/// Processor time that watching may cost, as a share of a core: less than the 2 % that are promised,
/// because the end costs some, too.
constexpr double most_share = 0.01;

/// Beyond this the record of each switch costs the program more than it tells.
constexpr double most_switches_a_second = 60'000;

/// Processor time that the start may cost beyond the usual share.
constexpr double start_allowance_ns = 8e6;

/// How long a stretch may be in which something happened: a fiftieth of the run so far.
std::uint64_t longest_piece_ns(std::uint64_t watched) noexcept {
  return std::max(2 * quiet_piece_ns, watched / 50);
}

std::uint64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t monotonic_ns() noexcept { return clock_ns(CLOCK_MONOTONIC); }

observer::observer(bool may_be_exact, std::size_t most_files)
    : exact_{may_be_exact},
      reason_{may_be_exact ? "" : "asked for by --sampled"},
      files_{most_files},
      ledger_{std::make_unique<ledger>(monotonic_ns())},
      own_before_ns_{clock_ns(CLOCK_PROCESS_CPUTIME_ID)} {}

observer::~observer() {
  for (auto& [tid, thread] : ledger_->threads())
    files_.close(*thread);
}

void observer::start(pid_t child) {
  root_ = child;
  if (exact_ && !rings_.follow_from_exec(child)) {
    exact_ = false;
    reason_ = rings_.reason();
  }
  last_time_ = closed_ = window_began_ = monotonic_ns();
  own_last_ns_ = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  ledger_ = std::make_unique<ledger>(last_time_, true);
  ledger_->add(child, child, state::running, last_time_);
}

bool observer::attach(pid_t pid) {
  root_ = pid;
  last_time_ = closed_ = window_began_ = monotonic_ns();
  own_last_ns_ = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  ledger_ = std::make_unique<ledger>(last_time_);
  std::vector<pid_t> processes{pid};
  for (std::size_t i = 0; i < processes.size(); ++i) {
    follow(processes[i]);
    if (i == 0 && ledger_->threads().empty()) return false;
    for (const auto& [tid, thread] : ledger_->threads())
      if (thread->pid == processes[i])
        for (const auto child : children_of(processes[i], tid))
          if (child != getpid()) processes.push_back(child);
  }
  files_.leave(rings_.descriptors());
  return true;
}

/// Who is begun by a thread that is followed is followed, too. Those begun before, while the threads
/// were being read, are found when they are read again.
void observer::follow(pid_t pid) {
  std::set<pid_t> seen;
  for (bool is_new = true; std::exchange(is_new, false);) {
    std::vector<pid_t> living;
    for (const auto tid : process(pid).threads_if_changed(true)) {
      if (!seen.insert(tid).second) continue;
      is_new = true;
      if (is_left_over(pid, tid)) continue;
      if (exact_ && !rings_.follow_now(tid)) {
        if (rings_.reason() == "the process has gone") continue;
        exact_ = false;
        reason_ = rings_.reason();
        rings_.close();
      }
      living.push_back(tid);
    }
    add_threads(pid, living, last_time_);
  }
}

process_view& observer::process(pid_t pid) {
  auto& place = processes_[pid];
  if (!place) place = std::make_unique<process_view>(pid, sockets_);
  return *place;
}

void observer::add_threads(pid_t pid, const std::vector<pid_t>& tids, std::uint64_t now) {
  const bool at_start = now == ledger_->start();
  for (const auto tid : tids) {
    if (ledger_->find(tid) != nullptr) continue;
    // Where it ended before its record had anywhere to go, none will come.
    const auto stat = exact_ ? stat_of(pid, tid) : std::nullopt;
    if (exact_ ? !stat || stat->is_ending() : is_left_over(pid, tid)) continue;
    auto& thread = ledger_->add(pid, tid, state::waiting, now);
    thread.partial = at_start;
    // A thread that appears later has no past but what its counters hold.
    if (!exact_ && !at_start) thread.was_read = true;
    if (!exact_) continue;
    if (stat->state == 'R')
      ledger_->apply({switch_event::kind::in, pid, tid, 0, now});
  }
}

void observer::forget(thread_record& thread, std::uint64_t now) {
  files_.close(thread);
  const auto pid = thread.pid;
  const bool is_leader = pid == thread.tid;
  ledger_->end(thread, now);
  if (is_leader) processes_.erase(pid);
}

/// A thread that calls exec beside others gets the number of its process, and they are gone.
void observer::forget_all_of(pid_t pid, std::uint64_t now) {
  std::vector<thread_record*> those;
  for (auto& [tid, thread] : ledger_->threads())
    if (thread->pid == pid) those.push_back(thread.get());
  for (auto* each : those)
    forget(*each, now);
}

void observer::take_events(std::uint64_t now) {
  const auto before = events_.size();
  const auto lost = rings_.drain(events_);
  const auto taken = events_.size() - before;
  lost_ += lost;
  std::sort(events_.begin(), events_.end(),
            [](const switch_event& a, const switch_event& b) { return a.time < b.time; });
  quiet_ = events_.empty();
  if (was_quiet_ && !quiet_ && events_.front().time > closed_ + 2 * quiet_piece_ns)
    close_quiet(std::min(now, events_.front().time));
  std::size_t done = 0;
  for (; done < events_.size() && events_[done].time <= now; ++done) {
    const auto& event = events_[done];
    // However rare the looks are, it is seen when something happened.
    if (event.time > closed_ + longest_piece_ns(event.time - ledger_->start())) {
      ledger_->advance(event.time);
      ledger_->close_stretch(event.time);
      closed_ = event.time;
    }
    if (event.what == switch_event::kind::ended) {
      if (auto* thread = ledger_->find(event.tid)) forget(*thread, event.time);
      continue;
    }
    const auto* known = ledger_->find(event.tid);
    // It was found in /proc before its birth was read.
    if (event.what == switch_event::kind::born && known != nullptr &&
        known->born == ledger_->start())
      continue;
    if (event.what != switch_event::kind::born && event.pid == event.tid &&
        known == nullptr)
      forget_all_of(event.pid, event.time);
    ledger_->apply(event);
  }
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(done));
  window_events_ += taken;
  const double window = static_cast<double>(now - window_began_) * 1e-9;
  if (lost > 0) {
    fall_back("the kernel dropped records of switches", now);
    return;
  }
  // Each switch is two records. A burst, such as many threads that start, is no flood.
  const double switches = static_cast<double>(window_events_) / 2;
  if (switches > 0.1 * most_switches_a_second && switches > most_switches_a_second * window) {
    fall_back("too many switches a second to record each", now);
  } else if (window > 0.25) {
    window_events_ = 0;
    window_began_ = now;
  }
}

/// Nothing has changed since the last stretch, so that it may be cut anywhere.
void observer::close_quiet(std::uint64_t now) {
  ledger_->advance(now);
  ledger_->close_stretch(now, (now - std::min(now, closed_)) / quiet_piece_ns);
  closed_ = now;
}

void observer::fall_back(std::string why, std::uint64_t now) {
  exact_ = false;
  reason_ = std::move(why);
  if (const double after = static_cast<double>(now - ledger_->start()) * 1e-9; after > 0.05)
    reason_ += ", after " + std::to_string(static_cast<int>(after * 1000)) + " ms";
  rings_.close();
  events_.clear();
  for (auto& [tid, thread] : ledger_->threads()) {
    thread->was_read = false;
    thread->partial = true;
  }
}

double observer::served() const noexcept {
  return loop_looks_ == 0 ? 0
                          : static_cast<double>(served_sum_) / static_cast<double>(loop_looks_);
}

void observer::sweep() {
  const auto now = monotonic_ns();
  was_quiet_ = std::exchange(quiet_, false);
  if (exact_) take_events(now);
  if (exact_) look_for_root(now);
  if (exact_) {
    ledger_->advance(now);
    tag_waits(now);
  } else {
    look_for_new(now);
    look_at_all(now);
  }
  count_tasks(now);
  look_at_loops(now);
  look_at_monitors(now);
  if (quiet_)
    close_quiet(now);
  else
    ledger_->close_stretch(now);
  last_time_ = closed_ = now;
  ++sweeps_;
  choose_interval(now);
}

void observer::choose_interval(std::uint64_t now) {
  // With what came between the last look and this one: waking up costs as much as a look at a few.
  const auto spent = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  const auto cost = static_cast<double>(spent - own_last_ns_);
  own_last_ns_ = spent;
  // What a first look costs it does not cost again: down fast, up slowly.
  const double learnt = cost < usual_cost_ns_ ? 0.5 : 0.2;
  usual_cost_ns_ = sweeps_ == 1 ? cost : (1 - learnt) * usual_cost_ns_ + learnt * cost;
  const auto previous = interval_;
  const auto affordable = std::chrono::nanoseconds{static_cast<long>(usual_cost_ns_ / most_share)};
  interval_ = std::clamp(affordable, shortest_interval, longest_interval);
  const double watched = static_cast<double>(now - ledger_->start());
  const double allowed = start_allowance_ns + most_share * watched;
  // The first looks at many threads are the dearest: a short program shall not be over before the
  // next one. What they cost is made up for later.
  if (own_seconds() * 1e9 < allowed)
    interval_ = std::min<std::chrono::nanoseconds>(interval_, 20ms);
  if (!quiet_) return;
  const auto patience = std::chrono::nanoseconds{static_cast<long>(watched / 20)};
  interval_ = std::max(interval_, std::min({2 * previous, patience, longest_quiet}));
}

double observer::own_seconds() const noexcept {
  return static_cast<double>(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - own_before_ns_) * 1e-9;
}

void observer::finish() {
  const auto now = monotonic_ns();
  if (exact_) take_events(now);
  for (auto& [tid, thread] : ledger_->threads())
    files_.close(*thread);
  ledger_->finish(now);
  rings_.close();
}

}  // namespace aside_app::ask
