#include "ask/turn_rules.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace aside_app::ask {
namespace {

/// Cores: those that two together want when one of them waits for the other.
constexpr double wanted_by_one = 1.35;

/// Cores: those that they get, as one is told to go on while the other still runs for a moment.
constexpr double used_by_one = 1.2;

/// Of the time: threads that wait for longer by a limit of time ask for an interpreter's lock.
constexpr double interpreters_lock = 0.18;

/// Work may move from thread to thread of a process now and then, of Go's often: those take no turns,
/// and those that sleep by waiting with a limit, as Java's, don't either. Between processes work can't
/// move.
double turns_a_second(const evidence& is) noexcept {
  if (is.hot.processes > 1) return 40;
  const bool may_sleep = is.hot.timed_wait > 0.5 * is.hot.wait;
  return is.hot.are_lent || may_sleep ? 150 : std::min(150.0, 20 * is.hot.threads);
}

/// One thread at a time waits for something outside, and others for that thread.
std::vector<test> tests_of_waiting_in_turn(const evidence& is) {
  return {at_least("threads that wait for each other and outside", is.in_turn.threads, 1.5),
          at_least("of the time one of them has its turn", is.in_turn.held, 0.5),
          below("of the time, all of them together", is.in_turn.held, most_held),
          below("threads that may give them work", is.in_turn.feeders, 0.5),
          below("waits outside of other threads at once", is.in_turn.others, is.in_turn.held),
          below("share of time with work for a core", is.busy_share, 0.7)};
}

}  // namespace

void add_turn_rules(std::vector<rule>& rules, const evidence& is) {
  const bool is_family = is.hot.processes > 1;
  // Who takes turns leaves a core idle, unless others have it.
  const bool is_crowded =
      is.cores - is.running - is.idle_cores >= 0.5 || is.idle_cores < 0.35;
  // Who all want the same, or of three and more wait for nearly as long as the others have their turns, would
  // not run at once in any crowd.
  const double others = std::max(0.0, is.hot.threads - 1) / std::max(1.0, is.hot.threads);
  const bool are_known =
      (is.hot.contenders >= is.hot.threads && is.hot.least_wait >= 0.35) ||
      (is.hot.threads >= 2.5 && is.hot.least_wait >= 0.7 * others && is.hot.timed_wait < interpreters_lock);
  std::vector<test> turns{
      at_least("threads that do the work", is.hot.threads, 1.5),
      at_least("cores wanted", is.demand, 0.6),
      // One at a time has work: several that now and then queue at once don't share it.
      at_least("share of time with work for a core", is.busy_share, 0.5),
      // Where others have the cores, several may run and yet get one between them. Only who asks
      // for an interpreter's lock again and again is known even there, and wants little more; or
      // where one of them at a time wants a core. Of Go's that is known by what its goroutines wait for.
      below(is_crowded && !are_known ? "cores wanted beside other programs" : "cores used",
            is_crowded && !are_known ? is.demand : is.running, is_crowded && !are_known ? 1.5 : used_by_one),
      // Who hardly ever pauses takes no turns, whatever the others wait for.
      below("share of time the busiest of them runs", is.hot.busiest, 0.9),
      is_crowded && !are_known &&
              (is.demand >= wanted_by_one || (is.hot.are_lent && is.hot.contenders < 1.5))
          ? at_least("share of time they wait for an interpreter's lock", is.hot.timed_wait,
                     interpreters_lock)
          : at_least("share of time they wait for each other", is.hot.wait,
                     is_crowded ? 0.2 : 0.25),
      // One that waits for others is no exchange.
      at_least("share of time the two busiest do so", is.hot.mutual_wait, 0.1),
      at_least("beside being queued", is.hot.wait, (is_crowded ? 0.4 : 0.5) * is.hot.queued),
      at_least("switches a second of them all", is.hot.switches,
               turns_a_second(is) * (is_crowded ? is.running / is.demand : 1))};
  // A loop that has one piece at a time for its helpers could give them more; an interpreter's could not.
  if (is.hot.timed_wait < interpreters_lock)
    turns.push_back(below("loops that give them one piece after another", is.hot.loops, 0.5));
  // In a row of processes one is the slowest, and waits for nobody.
  if (is_family)
    turns.push_back(at_least("share of time each of them does so", is.hot.least_wait, 0.2));
  const auto add = [&](std::string_view code, std::initializer_list<test> further) {
    auto all = turns;
    all.insert(all.end(), further);
    rules.push_back({code, std::move(all)});
  };
  // What one does for another may be to wait for the disk.
  const double disk = share_of(is, cause::disk);
  add("disk", {at_least("share held up by disk", disk, 0.15),
               at_least("beside the time without work", disk, 0.5 * (1 - is.busy_share))});
  // Who waits for an interpreter's lock does so without a limit of time, too, when it is told to let another
  // have it.
  const double for_others = is.hot.wait - is.hot.timed_wait;
  add("lock", {at_least("threads that wait for the same", is.hot.contenders, 1.5),
               below("share of time they wait for an interpreter's lock", is.hot.timed_wait,
                     std::max(interpreters_lock, 0.5 * for_others))});
  // Where one has the lock nearly all the time, the others are seen to be woken for nothing.
  rules.push_back({"lock",
                   {at_least("threads that are woken for nothing", is.hot.outrun, 1),
                    at_least("cores wanted", is.demand, 0.6),
                    at_least("share of time with work for a core", is.busy_share, 0.5),
                    below("cores wanted", is.demand, 1.5),
                    below("cores used", is.running, used_by_one),
                    // Where those who have it exclude each other otherwise, it would be no use to them
                    // to let go of it.
                    below("share of time they wait for an interpreter's lock", is.hot.timed_wait,
                          interpreters_lock)}});
  add("turns", {});
}

void add_waiting_turn_rules(std::vector<rule>& rules, const evidence& is) {
  auto tests = tests_of_waiting_in_turn(is);
  rules.push_back({"turns", tests});
  // As with threads that compute: of three or more one has a lock, mostly.
  tests.front().limit = 2.5;
  rules.insert(rules.end() - 1, {"lock", std::move(tests)});
}

bool waits_in_turn(const evidence& is) {
  const auto tests = tests_of_waiting_in_turn(is);
  return std::all_of(tests.begin(), tests.end(), [](const test& each) { return each.holds(); });
}

}  // namespace aside_app::ask
