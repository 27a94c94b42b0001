#include "ask/rules.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ask/turn_rules.hpp"

namespace aside_app::ask {
namespace {

double flying_of(const evidence& is, cause why) noexcept { return is.flying[index_of(why)]; }

/// Seconds.
constexpr double start_of_interpreter = 0.6;

/// Milliseconds of a processor: to begin an interpreter takes no longer, and who has more does something.
constexpr double most_of_a_start = 40;
constexpr double least_work = 10;

/// Of its processor time.
constexpr double least_of_a_start = 0.1;

/// Of the time: who works without a rest has begun a little later, or ended a little earlier.
constexpr double at_its_ends = 0.95;

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
  // It may answer as fast as it is asked.
  rules.push_back({"disk",
                   {at_least("share held up by disk", disk, 0.05),
                    at_least("beside any other wait", disk, others),
                    at_least("switches a second of those that do the work", is.hot.switches, 1000),
                    at_least("share of processor time in the kernel", is.kernel_share, 0.9)}});
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
        // To be begun is the kernel's work for a good part.
        below("of it each of them has, ms", is.short_cpu * 1000,
              is.kernel_share >= least_of_a_start ? most_of_a_start : least_work),
        below("share held up by a disk or a lock", waits, 0.25)}});
  add_turn_rules(rules, is);
  add_queue_rules(rules, is);
  add_waiting_turn_rules(rules, is);
  add_busy_rules(rules, is);
  add_wait_rules(rules, is);
  return rules;
}

}  // namespace aside_app::ask
