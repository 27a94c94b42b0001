#include "ask/turns.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

#include "ask/outrun.hpp"

namespace aside_app::ask {
namespace {

using thread_list = std::vector<const thread_sum*>;

/// Of the busiest thread's processor time: who has had less does not do the work.
constexpr double least_work = 0.2;

/// Of the time: the busiest of them must have had that much.
constexpr double least_running = 0.05;

/// Of the switches of the thread that has most of them: the others take part as often, or nearly.
constexpr double least_part = 0.3;

/// A virtual machine's waits without a limit look alike, whether a lock or another's word ends them. Two
/// threads may hand something to and fro; of three or more that wait for each other one has a lock, mostly.
constexpr double crowd = 3;

/// Of the time: who waits for longer than that at once has done its work before it, or behind it.
constexpr double most_parked = 0.4;

/// Of the work: what one process must do for the others not to count.
constexpr double most_work = 0.7;

/// Of the time: who computes for longer than that has what the others wait for.
constexpr double most_of_a_feeder = 0.5;

double sum_of(const thread_sum& thread, std::initializer_list<cause> reasons) noexcept {
  double sum = 0;
  for (const auto why : reasons)
    sum += thread.waited[index_of(why)];
  return sum;
}

/// What threads that take turns wait for. A full pipe is none of it: who fills it is not told to go
/// on, but is ahead. Who sleeps waits for nobody; Go's threads sleep a little before they wait.
double turn_wait(const thread_sum& thread) noexcept {
  if (thread.moves) return 0;
  return sum_of(thread, {cause::lock, cause::handoff, cause::timed_handoff, cause::pipe}) +
         (thread.talks_inside ? sum_of(thread, {cause::network, cause::clients}) : 0) +
         (thread.is_lent ? thread.waited[index_of(cause::timer)] : 0);
}

double switch_rate(const thread_sum& thread) noexcept {
  return share(static_cast<double>(thread.slices), thread.life);
}

/// A loop's threads wait for whatever comes, and not for each other.
bool contends(const thread_sum& thread, double wall) noexcept {
  return !thread.in_loop && open_wait(thread) >= least_contention * wall;
}

/// Somebody beside those who wait for each other gives them one piece of work after another.
bool is_fed(const thread_list& threads, double wall) noexcept {
  double wakes = 0;
  std::uint64_t most = 0;
  for (const auto* each : threads) {
    if (contends(*each, wall))
      wakes += static_cast<double>(each->runs.count());
    else if (may_feed(*each, wall) && (each->in_loop || each->running < most_of_a_feeder * wall))
      most = std::max(most, each->runs.count());
  }
  return most > 0 && static_cast<double>(most) >= feeds * wakes;
}

/// Who waits for a mutex of C's or Rust's library is known by that. What else the threads of such a
/// program wait for is another's word, but for a semaphore: it always has the same value then.
double most_at_one_word(const thread_list& threads, double wall) {
  std::map<std::pair<pid_t, std::uint64_t>, double> by_word;
  for (const auto* each : threads)
    if (each->has_one_word && contends(*each, wall)) ++by_word[{each->pid, each->word}];
  double most = 0;
  for (const auto& [word, count] : by_word)
    most = std::max(most, count);
  return most >= 2 ? most : 0;
}

double contenders_among(const thread_list& threads, double processes, double wall) {
  double fastest = 0;
  for (const auto* each : threads)
    if (each->life >= least_contention * wall) fastest = std::max(fastest, switch_rate(*each));
  std::map<std::uint64_t, double> by_place;
  for (const auto* each : threads)
    if (contends(*each, wall) && switch_rate(*each) >= least_part * fastest)
      ++by_place[each->common_place];
  double most = 0;
  for (const auto& [place, count] : by_place)
    if (place != 0) most = std::max(most, count);
  if (most > 0) return most >= 2 ? most : 0;
  const auto elsewhere = by_place.find(0);
  const double others = elsewhere == by_place.end() ? 0 : elsewhere->second;
  if (is_fed(threads, wall)) return 0;
  if (!is_in_virtual_machine(threads)) return most_at_one_word(threads, wall);
  const bool are_told = std::any_of(threads.begin(), threads.end(),
                                    [](const auto* each) { return each->is_told; });
  return processes == 1 && others >= crowd && !are_told ? others : 0;
}

double wait_of_the_busiest(thread_list threads, double wall) {
  if (threads.size() < 2) return 0;
  std::partial_sort(threads.begin(), threads.begin() + 2, threads.end(),
                    [](const auto* a, const auto* b) { return a->running > b->running; });
  return share(std::min(turn_wait(*threads[0]), turn_wait(*threads[1])), wall);
}

turn_takers group_of(const thread_list& threads, double wall) {
  turn_takers group;
  double hottest = 0;
  for (const auto* each : threads)
    hottest = std::max(hottest, each->running);
  if (hottest <= 0 || hottest < least_running * wall) return group;
  std::set<pid_t> processes;
  group.busiest = share(hottest, wall);
  group.least_wait = 1;
  double locked = 0;
  double wakes = 0;
  double at_channel = 0;
  for (const auto* each : threads) {
    if (each->running < least_work * hottest || each->usual_wait >= most_parked * wall) continue;
    const double wait = share(turn_wait(*each), wall);
    ++group.threads;
    processes.insert(each->pid);
    group.running += share(each->running, wall);
    group.wait += wait;
    locked += share(each->waited[index_of(cause::lock)], wall);
    group.timed_wait += share(each->waited[index_of(cause::timed_handoff)], wall);
    group.outside += share(outside_wait(*each), wall);
    group.least_wait = std::min(group.least_wait, wait);
    group.queued += share(each->queued, wall);
    group.switches += switch_rate(*each);
    group.are_lent |= each->is_lent;
    at_channel += each->wants_channel;
    if (!each->in_loop) wakes += static_cast<double>(each->runs.count());
  }
  group.mutual_wait = wait_of_the_busiest(threads, wall);
  for (const auto* each : threads)
    group.loops += wakes > 0 && each->in_loop && !each->is_lent && may_feed(*each, wall) &&
                   each->running < most_of_a_feeder * wall &&
                   static_cast<double>(each->runs.count()) >= feeds * wakes;
  if (group.wait > 0) group.locked = locked / group.wait;
  group.wait /= group.threads;
  group.timed_wait /= group.threads;
  group.outside /= group.threads;
  group.queued /= group.threads;
  group.processes = static_cast<double>(processes.size());
  group.contenders = std::max(contenders_among(threads, group.processes, wall), at_channel);
  return group;
}

}  // namespace

bool may_feed(const thread_sum& thread, double wall) noexcept {
  return !thread.keeps_house && thread.usual_wait < least_contention * wall;
}

bool is_outside(cause why) noexcept {
  return (is_external(why) && why != cause::lock) || why == cause::timed_handoff;
}

double outside_wait(const thread_sum& thread) noexcept {
  double sum = 0;
  for (const auto why : all_causes())
    if (is_outside(why)) sum += thread.waited[index_of(why)];
  return sum;
}

bool is_in_virtual_machine(const thread_list& threads) noexcept {
  return std::any_of(threads.begin(), threads.end(), [](const auto* each) {
    return each->keeps_house || each->hides_words;
  });
}

double open_wait(const thread_sum& thread) noexcept {
  return sum_of(thread, {cause::lock, cause::handoff});
}

namespace {

turn_takers largest_of(const std::vector<thread_sum>& threads, double wall) {
  std::map<pid_t, thread_list> by_process;
  thread_list all;
  for (const auto& each : threads) {
    by_process[each.pid].push_back(&each);
    all.push_back(&each);
  }
  turn_takers largest;
  for (const auto& [pid, its] : by_process)
    if (const auto group = group_of(its, wall); group.threads > largest.threads) largest = group;
  if (by_process.size() < 2) return largest;
  const auto family = group_of(all, wall);
  return family.processes > 1 && largest.running < most_work * family.running ? family : largest;
}

}  // namespace

turn_takers turns_of(const std::vector<thread_sum>& threads, double wall) {
  auto found = largest_of(threads, wall);
  found.outrun = outrun_in(threads, wall);
  return found;
}

}  // namespace aside_app::ask
