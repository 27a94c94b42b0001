#include "ask/observer.hpp"

#include <unistd.h>
#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

using namespace std::chrono_literals;
using state = thread_record::state;

constexpr std::chrono::nanoseconds shortest_interval = 5ms;
constexpr std::chrono::nanoseconds longest_interval = 250ms;

/// Looks into causes in one sweep: they are the dearest part.
constexpr std::size_t most_looks = 64;

/// The same for threads that nobody has looked into yet: who waits from beginning to end would else be
/// unknown for long.
constexpr std::size_t most_first_looks = 256;

/// With more threads than this, those that do not move are passed over sooner.
constexpr std::size_t many_threads = 64;

/// A call that is repeated waits for the same, mostly: a descriptor's number may have been given to
/// another file meanwhile.
constexpr unsigned most_compared = 16;

/// While nothing moves there is nothing to learn: looks become as rare as this, and as a twentieth of
/// the time watched so far.
constexpr std::chrono::nanoseconds longest_quiet = 50ms;

/// Quiet time is kept in pieces of this length, as if it had been looked at all along.
constexpr std::uint64_t quiet_piece_ns = 5'000'000;

/// Processor time that watching may cost, as a share of a core: less than the 2 % that are promised,
/// because the end costs some, too.
constexpr double most_share = 0.01;

/// Chains of calls, and peers, that are told apart.
constexpr std::size_t most_places = 4'096;
constexpr std::size_t most_peers = 4'096;

/// Beyond this the record of each switch costs the program more than it tells.
constexpr double most_switches_a_second = 60'000;

/// Looks at event loops that compute come no sooner, and take a fiftieth of the time at most.
constexpr std::uint64_t shortest_loop_ns = 100'000'000;
constexpr std::uint64_t loop_look_share = 50;

/// Of the time since the last look: a process that has run for less does not compute.
constexpr double computes = 0.25;

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

std::optional<stat_line> stat_of(pid_t pid, pid_t tid) {
  return parse_stat(
      read_text("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/stat"));
}

/// Of a process that has ended its first thread is left until its parent asks for it, and of one
/// whose first thread has ended until the others have, too.
bool is_left_over(pid_t pid, pid_t tid) {
  if (tid != pid) return false;
  const auto stat = stat_of(pid, tid);
  return !stat || stat->is_dead();
}

/// A process that is about to end gives its memory back before its switches end.
bool has_memory(pid_t pid) {
  return number_at(read_text("/proc/" + std::to_string(pid) + "/statm"), 0).value_or(0) > 0;
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
  ledger_ = std::make_unique<ledger>(last_time_);
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

void observer::remember(thread_record& thread, const system_call& call, cause why) {
  auto& view = process(thread.pid);
  thread.last_peer = nullptr;
  thread.last_place = nullptr;
  if (why == cause::network)
    if (auto peer = view.peer_of(call);
        !peer.empty() && (peers_.size() < most_peers || peers_.contains(peer)))
      ++*(thread.last_peer = &peers_[std::move(peer)]);
  if (why == cause::join || why == cause::child || places_.size() >= most_places) return;
  if (auto chain = view.code().of(call))
    ++*(thread.last_place = &places_[{why, std::move(*chain)}]);
}

/// Finds out where most of a thread's waits are, as far as others may wait there, too.
void observer::vote(thread_record& thread, const system_call& call) {
  auto& view = process(thread.pid);
  const auto word = call.arguments[0] ^ (call.arguments[2] << 48);
  ++(std::exchange(thread.last_word, word) == word ? thread.same_words : thread.other_words);
  // What Go's threads wait for is their scheduler's business: each has a place of its own.
  thread.is_lent |= view.code().is_go();
  thread.in_loop |= thread.is_lent;
  const auto place =
      thread.is_lent ? static_cast<std::uint64_t>(thread.tid) : view.common_place_of(call);
  if (place == thread.common_place)
    ++thread.common_votes;
  else if (thread.common_votes > 0)
    --thread.common_votes;
  else
    thread.common_place = place;
}

std::optional<cause> observer::see_cause(thread_record& thread) {
  thread.was_looked_into = true;
  const auto call = files_.call_of(thread);
  auto& view = process(thread.pid);
  std::optional<cause> why;
  // The call of a stopped thread is that in which it was stopped.
  if (view.is_stopped(sweeps_)) {
    thread.last_cause = cause::unknown;
    return cause::stopped;
  }
  if (call && !call->running && call->repeats(thread.last_call) &&
      thread.last_cause != cause::unknown && ++thread.compared < most_compared) {
    if (thread.last_peer != nullptr) ++*thread.last_peer;
    if (thread.last_place != nullptr) ++*thread.last_place;
    if (thread.last_cause == cause::handoff) ++thread.same_words;
    ++thread.looks;
    if (thread.in_scheduler) ++thread.scheduler_looks;
    return thread.last_cause;
  }
  thread.last_cause = cause::unknown;
  if (call) {
    why = cause_of('S', call, {}, view);
    if (!why) return why;
    ++thread.looks;
    thread.in_scheduler = is_schedulers_sleep(*call, *why) && view.code().is_go();
    if (thread.in_scheduler) {
      ++thread.scheduler_looks;
      why = cause::handoff;
    }
    const bool is_handed = why == cause::timed_handoff || why == cause::handoff;
    // A name is given early, and by the thread itself.
    if (is_handed && !thread.keeps_house && (why == cause::timed_handoff || !thread.was_named)) {
      thread.was_named = true;
      thread.keeps_house = is_housekeeper(thread_files::name_of(thread));
      if (thread.keeps_house) view.set_keeps_house();
    }
    if (is_handed && thread.keeps_house) why = cause::handoff;
    thread.in_loop |= is_loop_call(*call);
    if (const auto limit = loop_limit_of(*call); limit && why == cause::timer)
      thread.loop_limits.add(std::chrono::duration<double>{*limit}.count());
    if (*why == cause::handoff || *why == cause::lock) vote(thread, *call);
    if (!thread.in_scheduler) remember(thread, *call, *why);
    if (*why != cause::unknown && *why != cause::disk && call->number >= 0) {
      // A loop that watches no connection may watch one the next time.
      const bool may_change =
          is_loop_call(*call) && (why == cause::timer || why == cause::handoff);
      if (is_told_by_arguments(*call) && !may_change) {
        thread.last_call = *call;
        thread.last_cause = *why;
        thread.compared = 0;
      }
      return why;
    }
  } else if (files_.was_refused()) {
    blind_ = true;
  }
  const auto stat = thread_files::stat_of(thread);
  thread.is_dead = stat && stat->is_dead();
  if (thread.is_dead) return std::nullopt;
  // A wait for a disk may be over by now. It was one.
  if (!stat || stat->state == 'R') return why == cause::disk ? why : std::nullopt;
  return cause_of(stat->state, call, thread_files::kernel_function_of(thread), view);
}

void observer::tag_waits(std::uint64_t now) {
  std::vector<thread_record*> moved;
  for (auto& [tid, thread] : ledger_->threads())
    if (!thread->tagged && (thread->now == state::waiting || thread->slices > 0))
      moved.push_back(thread.get());
  if (moved.empty()) return;
  quiet_ = false;
  const auto fresh = static_cast<std::size_t>(std::count_if(
      moved.begin(), moved.end(), [](const auto* each) { return !each->was_looked_into; }));
  const auto looks = std::min(moved.size(), std::clamp(fresh, most_looks, most_first_looks));
  for (std::size_t i = 0; i < looks; ++i) {
    auto& thread = *moved[(next_to_tag_ + i) % moved.size()];
    // Only who has woken since may have queued unseen. A first slice is no waking.
    if (thread.slices > thread.corrected_slices) {
      thread.corrected_slices = thread.slices;
      if (const auto times = files_.times_of(thread)) ledger_->correct_queue(thread, *times);
    }
    if (thread.now != state::waiting) continue;
    if (const auto why = see_cause(thread)) ledger_->tag(thread, *why, now);
  }
  next_to_tag_ += looks;
}

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
  for (auto* each : gone)
    forget(*each, now);
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
