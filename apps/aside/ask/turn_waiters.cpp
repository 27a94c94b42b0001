#include "ask/turn_waiters.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace aside_app::ask {
namespace {

using thread_list = std::vector<const thread_sum*>;

/// Of the longest wait of any of them outside: who waits less has no turns.
constexpr double least_work = 0.2;

/// Who has run less often has had no turns.
constexpr std::uint64_t least_turns = 4;

/// The same of a loop, whose pieces a helper waits for and then, more than once, for what each needs.
constexpr double loop_feeds = 0.1;

/// Of the time.
constexpr double most_of_the_time = 0.6;

/// Fewer may be chance.
constexpr std::uint64_t least_waits = 10;

/// Fewer than that may be those to whom results are given.
constexpr double crowd = 3;

/// Seconds each time that it is woken.
constexpr double next_to_nothing = 200e-6;

turn_waiters waiters_among(const thread_list& threads, double wall) {
  turn_waiters group;
  double longest = 0;
  const auto may_be_one = [&](const thread_sum& each) {
    return !each.in_loop && !each.keeps_house && each.slices >= least_turns &&
           open_wait(each) >= least_contention * wall;
  };
  for (const auto* each : threads)
    if (may_be_one(*each)) longest = std::max(longest, outside_wait(*each));
  if (longest <= 0) return group;
  per_cause<double> reasons{};
  thread_list rest;
  double waits = 0;
  double wakes = 0;
  for (const auto* each : threads) {
    if (!may_be_one(*each) || outside_wait(*each) < least_work * longest) {
      rest.push_back(each);
      continue;
    }
    ++group.threads;
    group.held += share(outside_wait(*each) + each->running, wall);
    group.outside += share(outside_wait(*each), wall);
    waits += static_cast<double>(each->waits);
    wakes += static_cast<double>(each->runs.count());
    for (const auto why : all_causes())
      if (is_outside(why)) reasons[index_of(why)] += each->waited[index_of(why)];
  }
  for (const auto* each : rest) {
    if (each->keeps_house || each->slices < least_turns) continue;
    group.others += share(outside_wait(*each), wall);
    // Where the pieces are small, by the waits that are too short to count, too.
    const double least = each->in_loop && !each->is_lent ? loop_feeds : feeds;
    if (static_cast<double>(each->waits) >= feeds * waits ||
        (wakes > 0 && may_feed(*each, wall) &&
         static_cast<double>(each->runs.count()) >= least * wakes))
      ++group.feeders;
  }
  // Of those who wait for a monitor of a Java virtual machine one may look at the clock now and
  // then.
  const bool is_virtual_machine = std::any_of(
      threads.begin(), threads.end(), [](const auto* each) { return each->keeps_house; });
  if (is_virtual_machine && group.held > most_held) {
    auto& timed = reasons[index_of(cause::timed_handoff)];
    const double looking = std::min(timed, wall);
    group.held -= share(looking, wall);
    timed -= looking;
  }
  const auto most = std::max_element(reasons.begin(), reasons.end());
  group.why = static_cast<cause>(most - reasons.begin());
  return group;
}

/// One has what they all want, because it takes it again at once, and waits outside with it; of the others one
/// is woken whenever it lets go of it, and is too late.
turn_waiters waiters_behind_one(const thread_list& threads, double wall) {
  turn_waiters group;
  const auto most = std::max_element(threads.begin(), threads.end(), [](const auto* a, const auto* b) {
    return outside_wait(*a) < outside_wait(*b);
  });
  const auto& one = **most;
  if (one.in_loop || one.keeps_house || one.waits < least_waits ||
      outside_wait(one) < most_of_the_time * wall)
    return group;
  double wakes = 0;
  for (const auto* each : threads) {
    const bool is_late = !each->in_loop && !each->keeps_house && each->slices >= least_turns &&
                         open_wait(*each) >= most_of_the_time * wall &&
                         each->running < next_to_nothing * static_cast<double>(each->runs.count());
    if (each != &one && !is_late) group.others += share(outside_wait(*each), wall);
    if (each == &one || !is_late) continue;
    ++group.threads;
    wakes += static_cast<double>(each->runs.count());
  }
  const auto turns = static_cast<double>(one.waits);
  if (group.threads < crowd || wakes < 0.5 * turns || wakes > 3 * turns) return {};
  ++group.threads;
  group.held = share(outside_wait(one) + one.running, wall);
  group.outside = share(outside_wait(one), wall);
  for (const auto why : all_causes())
    if (is_outside(why) && one.waited[index_of(why)] > one.waited[index_of(group.why)]) group.why = why;
  return group;
}

}  // namespace

turn_waiters waiters_of(const std::vector<thread_sum>& threads, double wall) {
  // Those of one process, and those of several that wait at one place of memory that they share.
  std::map<std::pair<pid_t, std::uint64_t>, thread_list> groups;
  for (const auto& each : threads) {
    groups[{each.pid, 0}].push_back(&each);
    if (each.common_place != 0 && !each.is_lent) groups[{0, each.common_place}].push_back(&each);
  }
  turn_waiters largest;
  for (const auto& [of, its] : groups)
    for (const auto& group : {waiters_among(its, wall), waiters_behind_one(its, wall)})
      if (group.threads > largest.threads) largest = group;
  return largest;
}

}  // namespace aside_app::ask
