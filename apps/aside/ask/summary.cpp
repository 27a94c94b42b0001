#include "ask/summary.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ask/library_name.hpp"

namespace aside_app::ask {
namespace {

/// Processor seconds; with less, the kernel's ticks do not tell where they were spent.
constexpr double least_for_shares = 0.05;

/// Switches a second: who has fewer is parked, and was not looked into while it was.
constexpr double least_switches = 5;

/// Of its limit: a wait that is over sooner was ended by somebody.
constexpr double early = 0.125;

/// Of the time: who waits for that long at once is parked.
constexpr double parked = 0.4;

/// Of the waits for others that were seen.
constexpr double least_words = 0.6;

/// Of a Java program's waits.
constexpr double least_monitors = 0.3;

/// Of the waits of Go's threads that have names.
constexpr double least_goroutines = 0.1;

/// Of those, the ones of Go's runtime left out.
constexpr double most_goroutines = 0.8;

/// Times as likely to hold the program up as waits for each other.
constexpr double of_a_strangers_pipe = 100;

/// Two may hand something to and fro.
constexpr unsigned crowd = 3;

bool takes_part(const thread_sum& thread) noexcept {
  return !thread.keeps_house &&
         static_cast<double>(thread.slices) >= least_switches * thread.life;
}

}  // namespace

void take_locks_by_name(measurement& found) {
  double all = 0;
  double locks = 0;
  for (const auto& each : found.places) {
    if (each.why != cause::handoff) continue;
    all += each.share;
    if (each.in_lock) locks += each.share;
  }
  if (locks <= 0) return;
  const double share = locks / all;
  double waited = 0;
  double waited_by_those = 0;
  for (const auto& each : found.threads) {
    waited += each.waited[index_of(cause::handoff)];
    if (takes_part(each)) waited_by_those += each.waited[index_of(cause::handoff)];
  }
  if (waited_by_those <= 0) return;
  found.stretches.reassign(cause::handoff, cause::lock, share * waited_by_those / waited);
  for (auto& each : found.threads) {
    if (!takes_part(each)) continue;
    auto& from = each.waited[index_of(cause::handoff)];
    each.waited[index_of(cause::lock)] += share * from;
    from *= 1 - share;
  }
  for (auto& each : found.places)
    if (each.why == cause::handoff && each.in_lock) each.why = cause::lock;
}

void take_words_by_name(measurement& found) {
  double all = 0;
  double at_words = 0;
  for (const auto& each : found.places) {
    if (each.why != cause::handoff) continue;
    all += each.share;
    if (each.at_word) at_words += each.share;
  }
  if (at_words <= 0 || at_words < least_words * all) return;
  for (auto& each : found.threads)
    if (takes_part(each)) each.has_one_word = each.hides_words = true;
}

void take_moving_goroutines(measurement& found) {
  double all = 0;
  double of_the_program = 0;
  for (const auto& each : found.places) {
    if (each.why != cause::handoff && each.why != cause::lock) continue;
    all += each.share;
    if (!each.for_nobody && !is_of_gos_runtime(each.function)) of_the_program += each.share;
  }
  if (all <= 0 || of_the_program >= least_goroutines * all) return;
  for (auto& each : found.threads)
    each.moves = each.is_lent;
}

void take_channel_locks(measurement& found) {
  double all = 0;
  double most = 0;
  for (const auto& each : found.places) {
    if ((each.why != cause::handoff && each.why != cause::lock) || is_of_gos_runtime(each.function))
      continue;
    all += each.share;
    if (each.at_channel && each.goroutines >= crowd) most = std::max(most, each.share);
  }
  if (most <= 0 || most < most_goroutines * all) return;
  for (auto& each : found.threads)
    each.wants_channel = each.is_lent;
}

void take_pipes(measurement& found) {
  found.stretches.reassign(cause::pipe, cause::handoff, found.own_pipes);
  for (const auto why : {cause::pipe, cause::full_pipe})
    found.stretches.weigh(why, of_a_strangers_pipe);
}

void take_early_ends(measurement& found) {
  const auto from = index_of(cause::timer);
  double waited = 0;
  per_cause<double> taken{};
  for (auto& each : found.threads) {
    waited += each.waited[from];
    if (each.usual_limit <= 0 || each.usual_wait > early * each.usual_limit) continue;
    const auto to = index_of(each.watches_pipe ? cause::pipe : cause::handoff);
    taken[to] += each.waited[from];
    each.waited[to] += std::exchange(each.waited[from], 0);
  }
  for (const auto to : {cause::pipe, cause::handoff}) {
    const double seconds = taken[index_of(to)];
    if (seconds > 0) found.stretches.reassign(cause::timer, to, seconds / waited);
    waited -= seconds;
  }
}

void take_monitors(measurement& found) {
  for (const auto& [pid, times] : found.monitor_waits) {
    const auto may_be_for_one = [&, of = pid](const thread_sum& each) {
      return each.pid == of && !each.keeps_house && takes_part(each) &&
             each.usual_wait < parked * found.wall;
    };
    double all = 0;
    for (const auto& each : found.threads)
      if (may_be_for_one(each)) all += static_cast<double>(each.runs.count()) * each.word_share;
    const auto waits = static_cast<double>(times);
    // How long they were is not counted: some of many are no part of the time.
    if (all <= 0 || waits < least_monitors * all) continue;
    const double share = std::min(1.0, waits / all);
    // A monitor may look at the clock while it waits.
    for (const auto why : {cause::handoff, cause::timed_handoff}) {
      double waited = 0;
      double taken = 0;
      for (auto& each : found.threads) {
        auto& from = each.waited[index_of(why)];
        waited += from;
        if (!may_be_for_one(each)) continue;
        const double part = share * from;
        each.waited[index_of(cause::lock)] += part;
        from -= part;
        taken += part;
      }
      if (taken > 0) found.stretches.reassign(why, cause::lock, taken / waited);
    }
  }
}

void take_notifications(measurement& found) {
  for (const auto& [pid, times] : found.monitor_tells) {
    double all = 0;
    for (const auto& each : found.threads)
      if (each.pid == pid && takes_part(each)) all += static_cast<double>(each.runs.count());
    if (all <= 0 || static_cast<double>(times) < least_monitors * all) continue;
    for (auto& each : found.threads)
      each.is_told |= each.pid == pid;
  }
}

void sum_up(const observer& seen, const processor_time& used, measurement& found) {
  const auto& books = seen.books();
  found.stretches = books.stretches();
  const auto whole = found.stretches.total();
  found.wall = whole.length;
  found.cpu = std::max(whole.running, found.attached ? 0 : used.sum());
  if (used.sum() > least_for_shares) found.kernel_share = used.kernel / used.sum();
  found.exact = seen.is_exact();
  found.not_exact_because = seen.reason();
  if (!found.exact) found.unseen_cpu = std::max(0.0, found.cpu - whole.running);
  found.waits = books.waits();
  for (const auto& each : books.ended()) {
    thread_sum sum;
    sum.pid = each->pid;
    sum.tid = each->tid;
    sum.life = static_cast<double>(each->ended - each->born) * 1e-9;
    sum.running = static_cast<double>(each->run_ns) * 1e-9;
    sum.queued = static_cast<double>(each->queued_ns) * 1e-9;
    sum.slices = each->slices;
    sum.waits = each->waits;
    sum.waited = each->waited;
    sum.runs = each->runs;
    sum.has_one_word = each->has_one_word();
    sum.word = sum.has_one_word ? each->last_word : 0;
    sum.word_share = each->word_share();
    if (each->all_waits.seconds > 0)
      sum.usual_wait = each->all_waits.squares / each->all_waits.seconds;
    sum.usual_limit = each->loop_limits.mean();
    sum.is_lent = each->is_lent;
    sum.in_loop = each->in_loop;
    sum.keeps_house = each->keeps_house || each->is_schedulers();
    sum.common_place = each->common_place;
    sum.watches_pipe = each->watches_pipe;
    // Who only waits for somebody to begin may be asked by a part of the program.
    sum.talks_inside = each->talk_looks > 0 ? 2 * each->own_talk_looks >= each->talk_looks
                                            : seen.is_asked_inside(each->pid);
    found.threads.push_back(sum);
  }
  found.thread_count = books.thread_count();
  found.process_count = books.process_count();
  found.short_process_count = books.short_process_count();
  found.short_process_cpu = static_cast<double>(books.short_process_run_ns()) * 1e-9;
  found.switches = books.switches();
  found.tasks = seen.tasks();
  found.served = seen.served();
  found.owing = seen.owing();
  found.own_pipes = seen.own_pipes();
  for (const auto& [pid, counts] : seen.monitors()) {
    found.monitor_waits[pid] = counts.waits;
    found.monitor_tells[pid] = counts.tells;
  }
  found.blind = seen.is_blind();
  std::vector<std::pair<std::uint64_t, std::string>> peers;
  for (const auto& [peer, times] : seen.peers())
    peers.emplace_back(times, peer);
  std::sort(peers.rbegin(), peers.rend());
  for (const auto& [times, peer] : peers)
    found.peers.push_back(peer);
  found.own_cpu = seen.own_seconds();
  found.sweeps = seen.sweeps();
  found.lost = seen.lost();
  found.places = named(seen.places());  // last: it is no cost of watching
  take_early_ends(found);
  take_pipes(found);
  take_words_by_name(found);
  take_locks_by_name(found);
  take_moving_goroutines(found);
  take_channel_locks(found);
  take_monitors(found);
  take_notifications(found);
}

}  // namespace aside_app::ask
