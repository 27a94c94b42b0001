#include "ask/evidence.hpp"

#include <algorithm>

namespace aside_app::ask {
namespace {

/// Of the time: who is held up by the network for that much is judged by the number of its waits.
constexpr double much = 0.3;

/// Of what the waits are counted: of the network where that holds the program up, however long a
/// thread beside it sleeps; else of what was waited for longest.
cause counted_in(const stretch& whole) noexcept {
  if (share(whole.held_up[index_of(cause::network)], whole.length) >= much) return cause::network;
  auto counted = cause::unknown;
  double longest = 0;
  for (const auto why : all_causes()) {
    if (!is_external(why) || whole.waiting[index_of(why)] <= longest) continue;
    longest = whole.waiting[index_of(why)];
    counted = why;
  }
  return counted;
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
    if (piece.most_threads > 0) is.flying[i] = std::min(is.flying[i], piece.most_threads);
    lengths += is_external(why) ? piece.waiting[i] : 0;
    if (is.share[i] > is.main_share) {
      is.main_share = is.share[i];
      is.main_wait = why;
    }
  }
  is.counted = counted_in(found.stretches.total());
  auto counted = found.waits.of(is.counted);
  if (const auto& shorter = found.waits.short_of(is.counted); shorter.seconds > counted.seconds)
    counted += shorter;
  is.waits = counted.count;
  is.effective_waits = counted.effective();
  is.mean_wait = counted.mean();
  is.lock_waiters = share(piece.waiting[index_of(cause::lock)], piece.length);
  is.lock_share = share(piece.waiting[index_of(cause::lock)], lengths);
  is.hot = turns_of(found.threads, found.wall);
  is.in_turn = waiters_of(found.threads, found.wall);
  is.served = found.served;
  is.owing = found.owing;
  is.short_share = share(std::max(found.short_process_cpu, found.unseen_cpu), found.cpu);
  // Those that came and went between two looks lived for half of the time from one to the next, on average.
  const double between_looks = share(found.wall, static_cast<double>(found.sweeps));
  const double never_seen = share(found.unseen_cpu, 0.5 * between_looks);
  is.short_cpu = share(found.short_process_cpu + found.unseen_cpu,
                       static_cast<double>(found.short_process_count) + never_seen);
  is.kernel_share = found.kernel_share;
  is.processes = static_cast<double>(found.process_count) + never_seen;
  is.threads = static_cast<double>(found.thread_count);
  for (const auto& each : found.threads)
    if (each.slices < 3 && each.running < 0.001 * found.wall && each.life > 0.5 * found.wall)
      ++is.parked_threads;
  is.throttled = found.throttled;
  is.throttled_share = found.throttled_share;
  return is;
}

}  // namespace aside_app::ask
