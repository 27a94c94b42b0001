#include "ask/rules.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace aside_app::ask {
namespace {

double share_of(const evidence& is, cause why) noexcept { return is.share[index_of(why)]; }
double flying_of(const evidence& is, cause why) noexcept { return is.flying[index_of(why)]; }

test at_least(std::string_view what, double is, double limit) { return {what, is, limit, true}; }
test below(std::string_view what, double is, double limit) { return {what, is, limit, false}; }

/// Cores: those that two together want when one of them waits for the other.
constexpr double wanted_by_one = 1.35;

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

/// Seconds.
constexpr double start_of_interpreter = 0.6;

/// Of the time: who works without a rest has begun a little later, or ended a little earlier.
constexpr double at_its_ends = 0.95;

/// Several threads do the work, one at a time.
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
            is_crowded && !are_known ? is.demand : is.running, is_crowded && !are_known ? 1.5 : 1.35),
      // Who hardly ever pauses takes no turns, whatever the others wait for.
      below("share of time the busiest of them runs", is.hot.busiest, 0.9),
      is_crowded && !are_known &&
              (is.demand >= wanted_by_one || (is.hot.are_lent && is.hot.contenders < 1.5))
          ? at_least("share of time they wait for an interpreter's lock", is.hot.timed_wait,
                     interpreters_lock)
          : at_least("share of time they wait for each other", is.hot.wait,
                     is_crowded ? 0.2 : 0.25),
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
                    below("cores used", is.running, 1.35),
                    // Where those who have it exclude each other otherwise, it would be no use to them
                    // to let go of it.
                    below("share of time they wait for an interpreter's lock", is.hot.timed_wait,
                          interpreters_lock)}});
  add("turns", {});
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

void add_waiting_turn_rules(std::vector<rule>& rules, const evidence& is) {
  auto tests = tests_of_waiting_in_turn(is);
  rules.push_back({"turns", tests});
  // As with threads that compute: of three or more one has a lock, mostly.
  tests.front().limit = 2.5;
  rules.insert(rules.end() - 1, {"lock", std::move(tests)});
}

void add_queue_rules(std::vector<rule>& rules, const evidence& is) {
  const auto queue = at_least("threads queued for a processor", is.queued, 0.35);
  const auto long_queue = at_least("queued a switch, ms", is.queue_per_switch * 1000, 1);
  const auto idle = at_least("cores idle meanwhile", is.idle_cores, 0.3 * is.cores);
  // Of many that mostly wait some queue whenever they wake; that is not what holds them up.
  const auto much = at_least("share of time with work for a core", is.busy_share, 0.5);
  rules.push_back({"queued.quota",
                   {much, queue, long_queue,
                    at_least("queued beside running", is.queued, 0.3 * is.running), idle}});
  rules.push_back({"queued.quota",
                   {much, queue, at_least("queued beside running", is.queued, 0.3 * is.running),
                    at_least("share of periods that used up its quota", is.throttled_share,
                             0.25)}});
  rules.push_back(
      {"queued.own",
       {much, queue, long_queue, at_least("queued beside running", is.queued, 0.3 * is.running),
        // However little it may use of a core, one thread is not too many.
        at_least("threads that want a core", is.demand, 1.2 * std::max(is.cores, 1.0))}});
  rules.push_back(
      {"queued.others",
       {much, queue, long_queue, at_least("queued beside running", is.queued, 2 * is.running)}});
  // Short queues, but most of what it wants goes to others: what it would do else is not to be
  // seen.
  rules.push_back(
      {"queued.others",
       {at_least("share of time with work for a core", is.busy_share, std::max(0.3, is.main_share)),
        queue, at_least("queued beside running", is.queued, 2 * is.running),
        below("cores used", is.running, 0.35 * is.cores),
        below("cores idle meanwhile", is.idle_cores, 0.3 * is.cores)}});
}

/// An event loop is one however much it has to do: full, it waits in its poll no more.
void add_loop_rules(std::vector<rule>& rules, const evidence& is) {
  const auto some = at_least("share of time with work for a core", is.busy_share, 0.3);
  const auto one = below("cores wanted", is.demand, 1.25);
  // A loop that is held up by one answer, a disk or a lock is not left alone.
  const double blocked = std::max(
      {share_of(is, cause::network), share_of(is, cause::disk), share_of(is, cause::lock)});
  rules.push_back({"loop",
                   {some, one, at_least("connections that a loop serves", is.served, 1.5),
                    // Whoever answers is a goroutine of its own there: full, they want all cores.
                    below("threads of Go's that do the work", is.hot.are_lent ? is.hot.threads : 0, 0.5),
                    below("share held up by an answer, a disk or a lock", blocked, 0.25)}});
  const double share = share_of(is, cause::loop);
  double others = 0;
  for (const auto why : all_causes())
    if (why != cause::loop) others = std::max(others, share_of(is, why));
  rules.push_back({"loop",
                   {some, one, at_least("share in an event loop's wait", share, 0.25),
                    at_least("beside any other wait", share, others)}});
}

void add_busy_rules(std::vector<rule>& rules, const evidence& is) {
  const auto busy = at_least("share of time with work for a core", is.busy_share, 0.7);
  if (is.cores >= 1.25)
    rules.push_back(
        {"busy.all_cores", {busy, at_least("cores wanted", is.demand, 0.85 * is.cores)}});
  add_loop_rules(rules, is);
  // Of several that each wait for half of their time, one or the other computes mostly.
  rules.push_back({"mixed",
                   {busy, below("cores wanted", is.demand, 1.25),
                    at_least("threads that do the work", is.hot.threads, 1.5),
                    below("share of time the busiest of them runs", is.hot.busiest, 0.7),
                    at_least("share of time each of them waits outside", is.hot.outside, 0.3)}});
  rules.push_back({"busy.one_core", {busy, below("cores wanted", is.demand, 1.25)}});
  rules.push_back({"busy.some_cores", {busy}});
  // Starting an interpreter for a few requests is no computing worth dividing. It takes no longer.
  rules.push_back({"waiting.few",
                   {below("seconds that it computes", is.busy_share * is.wall, start_of_interpreter),
                    at_least("share held up by the network", share_of(is, cause::network),
                             std::max(0.3, is.busy_share)),
                    below("waits at once", flying_of(is, cause::network), 1.5),
                    below("waits that matter", is.effective_waits, 6)}});
  rules.push_back({"mixed",
                   {at_least("share of time with work for a core", is.busy_share, 0.3),
                    at_least("share of time held up by the largest wait", is.main_share, 0.25)}});
}

/// The kernel's work for a disk is the disk's, even where it fills the cores.
void add_disk_rule(std::vector<rule>& rules, const evidence& is) {
  const double disk = share_of(is, cause::disk);
  double others = 0;
  // A process that waits for its child waits for what that does, and a server for its clients when it has
  // done what they asked for.
  for (const auto why : all_causes())
    if (why != cause::disk && why != cause::child && why != cause::clients && why != cause::loop)
      others = std::max(others, share_of(is, why));
  rules.push_back({"disk",
                   {at_least("share held up by disk", disk, 0.15),
                    at_least("beside any other wait", disk, others),
                    at_least("share of processor time in the kernel", is.kernel_share, 0.8)}});
  // Where the disk answers sooner than who is to wait for it is woken, what is left is to hand it one
  // piece after another.
  const bool by_helpers = is.in_turn.why == cause::disk && is.in_turn.feeders >= 1;
  rules.push_back(
      {"disk",
       {at_least("threads that are given pieces for the disk", by_helpers ? is.in_turn.threads : 0, 1),
        at_least("share of time one of them waits for it", is.in_turn.outside, 0.1),
        below("waits outside of other threads at once", is.in_turn.others, is.in_turn.outside),
        at_least("share held up by the disk and by handing on", disk + share_of(is, cause::handoff),
                 0.3),
        at_least("share of processor time in the kernel", is.kernel_share, 0.5)}});
}

void add_wait_rules(std::vector<rule>& rules, const evidence& is) {
  rules.push_back({"disk",
                   {at_least("share held up by disk", share_of(is, cause::disk),
                             std::max(0.3, share_of(is, cause::network)))}});
  rules.push_back({"idle.clients",
                   {at_least("share with nothing to do but wait for clients",
                             share_of(is, cause::clients),
                             std::max(0.4, share_of(is, cause::network)))}});
  const auto by_network =
      at_least("share held up by the network", share_of(is, cause::network), 0.3);
  const double flying = flying_of(is, cause::network);
  rules.push_back({"waiting.many", {by_network, at_least("waits at once", flying, 4)}});
  rules.push_back({"waiting.some", {by_network, at_least("waits at once", flying, 1.5)}});
  rules.push_back(
      {"waiting.few", {by_network, below("waits that matter", is.effective_waits, 6)}});
  rules.push_back({"waiting.sequence", {by_network}});
  const auto held = [&](std::string_view code, std::string_view what, cause why, double limit) {
    rules.push_back({code, {at_least(what, share_of(is, why), limit)}});
  };
  held("timer", "share held up by timers", cause::timer, 0.3);
  // Goroutines are written like threads, and the loop is Go's.
  rules.push_back({"waiting.some",
                   {at_least("share in an event loop's wait", share_of(is, cause::loop), 0.3),
                    at_least("answers that goroutines wait for", is.owing, 1.5),
                    below("answers that goroutines wait for", is.owing, 3.5)}});
  held("loop", "share in an event loop's wait", cause::loop, 0.3);
  held("lock", "share held up by a lock", cause::lock, 0.3);
  held("idle.terminal", "share waiting for input", cause::terminal, 0.3);
  held("idle.stopped", "share stopped by a signal", cause::stopped, 0.3);
  held("waiting.pipe", "share waiting for a pipe", cause::pipe, 0.3);
  held("waiting.pipe", "share waiting for a pipe's reader", cause::full_pipe, 0.3);
  held("timer", "share with threads that wake by the clock", cause::timed_handoff, 0.3);
  // Work that goes from hand to hand is on its way, however long each hand waits.
  rules.push_back({"idle.parked",
                   {at_least("share with all threads waiting for each other",
                             share_of(is, cause::handoff), 0.3),
                    below("switches a second of several that do the work",
                          is.hot.threads >= 1.5 ? is.hot.switches : 0, 200)}});
  held("waiting.child", "share waiting for another process", cause::child, 0.3);
  held("waiting.unknown", "share of waits that can't be seen", cause::unknown, 0.3);
  rules.push_back({"mixed", {}});
}

}  // namespace

double test::distance() const noexcept {
  return std::fabs(is - limit) / std::max(std::fabs(limit), 1e-9);
}

bool rule::holds() const noexcept {
  return std::all_of(tests.begin(), tests.end(), [](const test& each) { return each.holds(); });
}

double rule::margin() const noexcept {
  double nearest = 1;
  double farthest_miss = 0;
  for (const auto& each : tests) {
    if (each.holds())
      nearest = std::min(nearest, each.distance());
    else
      farthest_miss = std::max(farthest_miss, each.distance());
  }
  return holds() ? nearest : farthest_miss;
}

bool waits_in_turn(const evidence& is) {
  const auto tests = tests_of_waiting_in_turn(is);
  return std::all_of(tests.begin(), tests.end(), [](const test& each) { return each.holds(); });
}

std::vector<rule> rules_for(const evidence& is) {
  std::vector<rule> rules;
  rules.push_back({"short", {below("seconds", is.wall, 0.05)}});
  rules.push_back({"lock",
                   {at_least("threads that wait for a lock", is.lock_waiters, 0.5),
                    at_least("beside those queued", is.lock_waiters, 0.5 * is.queued),
                    at_least("share of waiting that is for locks", is.lock_share, 0.2),
                    // Many that wait a little for each other, beside what they all wait for.
                    at_least("share held up by a lock, beside the time without work",
                             share_of(is, cause::lock), 0.4 * (at_its_ends - is.busy_share)),
                    // Who is told something asks for the mutex that protects it, too. Of Go's threads some
                    // always have no goroutine to run.
                    at_least("of what those that do the work wait for each other",
                             is.hot.threads >= 1.5 ? is.hot.locked : 1, is.hot.are_lent ? 0.1 : 0.3),
                    below("cores used", is.running, 1.5)}});
  add_disk_rule(rules, is);
  // What short processes wait for, they wait for together.
  const double waits = std::max(share_of(is, cause::disk), share_of(is, cause::lock));
  rules.push_back(
      {"busy.short_processes",
       {at_least("share of processor time in processes that ended at once", is.short_share, 0.5),
        at_least("processes", is.processes, 10), at_least("cores wanted", is.demand, 0.5),
        below("share held up by a disk or a lock", waits, 0.25)}});
  add_turn_rules(rules, is);
  add_queue_rules(rules, is);
  add_waiting_turn_rules(rules, is);
  add_busy_rules(rules, is);
  add_wait_rules(rules, is);
  return rules;
}

}  // namespace aside_app::ask
