#include "ask/evidence.hpp"

#include <algorithm>
#include <map>

namespace aside_app::ask {
namespace {

double share(double part, double whole) noexcept { return whole > 0 ? part / whole : 0; }

/// What threads that take turns wait for.
double turn_wait(const thread_sum& thread) noexcept {
  double sum = 0;
  for (const auto why :
       {cause::lock, cause::handoff, cause::timed_handoff, cause::timer, cause::pipe})
    sum += thread.waited[index_of(why)];
  return sum;
}

void add_hot_threads(evidence& to, const measurement& found) {
  std::map<pid_t, std::vector<const thread_sum*>> by_process;
  for (const auto& each : found.threads)
    by_process[each.pid].push_back(&each);
  for (const auto& [pid, threads] : by_process) {
    double hottest = 0;
    for (const auto* each : threads)
      hottest = std::max(hottest, each->running);
    if (hottest < 0.05 * found.wall) continue;
    double count = 0;
    double waited = 0;
    double queued = 0;
    double switches = 0;
    for (const auto* each : threads) {
      if (each->running < 0.2 * hottest) continue;
      ++count;
      waited += share(turn_wait(*each), found.wall);
      queued += share(each->queued, found.wall);
      switches += share(static_cast<double>(each->slices), each->life);
    }
    if (count <= to.hot_threads) continue;
    to.hot_threads = count;
    to.hot_wait = waited / count;
    to.hot_queued = queued / count;
    to.hot_switches = switches;
  }
}

}  // namespace

evidence evidence_of(const measurement& found) {
  return evidence_of(found, found.stretches.total());
}

evidence evidence_of(const measurement& found, const stretch& piece) {
  evidence is;
  is.wall = piece.length;
  is.cores = found.cores;
  const double unseen = share(found.unseen_cpu, found.wall);
  is.running = share(piece.running, piece.length) + unseen;
  is.queued = share(piece.queued, piece.length);
  is.demand = is.running + is.queued;
  is.busy_share = std::min(1.0, share(piece.some_ran + piece.held_by_queue, piece.length) + unseen);
  is.queue_per_switch = share(found.stretches.total().queued, static_cast<double>(found.switches));
  is.idle_cores = found.idle_cores;
  double lengths = 0;
  for (const auto why : all_causes()) {
    const auto i = index_of(why);
    is.share[i] = share(piece.held_up[i], piece.length) * (1 - std::min(1.0, unseen));
    is.flying[i] = share(piece.waiting[i], std::max(piece.some_waited, 0.02 * piece.length));
    lengths += is_external(why) ? piece.waiting[i] : 0;
    if (is.share[i] > is.main_share) {
      is.main_share = is.share[i];
      is.main_wait = why;
    }
  }
  const auto whole = found.stretches.total();
  double longest = 0;
  for (const auto why : all_causes()) {
    if (!is_external(why) || whole.waiting[index_of(why)] <= longest) continue;
    longest = whole.waiting[index_of(why)];
    is.counted = why;
  }
  const auto& counted = found.waits.of(is.counted);
  is.waits = counted.count;
  is.effective_waits = counted.effective();
  is.mean_wait = counted.mean();
  is.lock_waiters = share(piece.waiting[index_of(cause::lock)], piece.length);
  is.lock_share = share(piece.waiting[index_of(cause::lock)], lengths);
  add_hot_threads(is, found);
  is.short_share = share(std::max(found.short_process_cpu, found.unseen_cpu), found.cpu);
  is.kernel_share = found.kernel_share;
  is.processes = static_cast<double>(found.process_count);
  is.threads = static_cast<double>(found.thread_count);
  for (const auto& each : found.threads)
    if (each.slices < 3 && each.running < 0.001 * found.wall && each.life > 0.5 * found.wall)
      ++is.parked_threads;
  is.throttled = found.throttled;
  return is;
}

}  // namespace aside_app::ask
