#include "ask/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "text/number.hpp"

namespace aside_app::ask {
namespace {

std::string count_text(double value) { return grouped(std::max(value, 0.0)); }

/// A share in a sentence.
std::string part_text(double share) {
  return std::lround(share * 100) > 0 ? percent_text(share) : "0%";
}

std::string cores_text(double cores) {
  return cores == std::floor(cores) ? fmt::format("{:.0f}", cores) : fmt::format("{:.1f}", cores);
}

std::string processors_idle(const measurement& found, const evidence& is) {
  const double idle = 1 - std::min(1.0, is.running / std::max(found.cores, 0.01));
  return fmt::format("its cores {} idle", part_text(idle));
}

std::string short_processes(std::uint64_t count) {
  return count == 1 ? "1 short process" : grouped(count) + " short processes";
}

/// A virtual machine sleeps by such a wait.
cause outside_name(cause why) noexcept { return why == cause::timed_handoff ? cause::timer : why; }

std::string about(const measurement& found) { return found.exact ? "" : "about "; }

std::string many_words(const measurement& found, const evidence& is) {
  return fmt::format("{} network waits at once, {}",
                     count_text(is.flying[index_of(cause::network)]), processors_idle(found, is));
}

/// What a busy program lost to others; not what its own threads take from each other.
std::string crowd(const evidence& is) {
  const double theirs = is.cores - is.running - is.idle_cores;
  const double lost = std::min(is.queued, theirs) / std::max(is.demand, 1e-9);
  return lost < 0.15
             ? ""
             : fmt::format(", {} of what it wants goes to other programs", percent_text(lost));
}

/// What a busy program has of the cores that it could use.
std::string kept(std::string_view code, const evidence& is) {
  const auto lost = crowd(is);
  const auto cores = cores_text(is.cores);
  const double could = std::min(is.demand, is.cores);
  std::string whole = "one core of " + cores;
  if (is.cores <= 1) whole = is.cores < 1 ? cores + " of a core, all that it may use," : "its core";
  if (code == "busy.some_cores") whole = fmt::format("{:.1f} of {} cores", is.demand, cores);
  if (code == "busy.all_cores") whole = "all " + cores + " cores";
  if (lost.empty() && is.running >= 0.85 * could) return "it keeps " + whole + " busy";
  return fmt::format("it wants {} and gets {:.2f}", whole, is.running) + lost;
}

/// How many, how long. One that began before the look or was not over at its end is not counted.
std::string few_words(const std::string& waits, const evidence& is) {
  if (is.waits < 1)
    return fmt::format("one long wait for the network, {} of the time",
                       part_text(is.share[index_of(cause::network)]));
  return fmt::format("{} wait{} one after another, {} in all", waits, is.waits == 1 ? "" : "s",
                     seconds_text(is.waits * is.mean_wait));
}

std::string finding(std::string_view code, const measurement& found, const evidence& is) {
  const auto waits = about(found) + count_text(is.waits);
  if (code == "short") return fmt::format("it ended after {}", seconds_text(found.wall));
  if (code == "busy.one_core" || code == "busy.some_cores" || code == "busy.all_cores")
    return kept(code, is);
  if (code == "busy.short_processes")
    return fmt::format(
        "{} of its processor time goes into starting {}", part_text(is.short_share),
        found.exact ? short_processes(found.short_process_count)
                    : "short processes");
  if (code == "lock" && is.lock_waiters < 0.5 && is.running < 0.6 && waits_in_turn(is))
    return fmt::format("{} threads want the same lock, and who has it waits for {}",
                       count_text(is.in_turn.threads), plain_name(outside_name(is.in_turn.why)));
  if (code == "turns" && is.running < 0.6 && waits_in_turn(is))
    return fmt::format("{} threads take turns, and each waits for {} when it has its own",
                       count_text(is.in_turn.threads), plain_name(outside_name(is.in_turn.why)));
  if (code == "lock" && is.lock_waiters < 0.5)
    return fmt::format("{} threads want the same lock, {:.1f} cores used by all of them",
                       count_text(std::max(is.hot.contenders, is.hot.outrun + 1)), is.running);
  if (code == "lock")
    return fmt::format("{:.1f} threads on average wait for a lock, {:.1f} cores used",
                       is.lock_waiters, is.running);
  if (code == "turns")
    return fmt::format("{} {} take turns, {:.1f} cores used by all of them",
                       count_text(is.hot.threads),
                       is.hot.processes > 1 ? "threads of several processes" : "threads",
                       is.running);
  if (code == "queued.own")
    return fmt::format("{:.{}f} threads want to run at once, on {} core{}", is.demand,
                       is.demand < 3 ? 1 : 0, cores_text(is.cores), is.cores == 1 ? "" : "s");
  if (code == "queued.others")
    return fmt::format("other programs have the cores; {:.1f} of its threads wait for one",
                       is.queued);
  if (code == "queued.quota")
    return found.throttled
               ? std::string{"its cgroup's quota holds it back"} +
                     (is.idle_cores >= 0.3 ? " while cores are idle" : "")
               : fmt::format("held back while {:.1f} cores are idle: a quota, or pinned threads",
                             is.idle_cores);
  if (code == "disk")
    return fmt::format("disk, {:.1f} requests at once", is.flying[index_of(cause::disk)]);
  if (code == "mixed" && is.busy_share >= 0.7)
    return fmt::format("its {} threads compute {} of the time each, and wait outside {}",
                       count_text(is.hot.threads), part_text(is.hot.running / is.hot.threads),
                       part_text(is.hot.outside));
  if (code == "mixed")
    return fmt::format("{} of the time it computes, {} it waits for {}",
                       part_text(is.busy_share), part_text(is.main_share),
                       plain_name(is.main_wait));
  if (code == "waiting.many") return many_words(found, is);
  if (code == "waiting.some")
    return fmt::format("a few at once: {:.1f} waits in flight, {}",
                       is.flying[index_of(cause::network)], processors_idle(found, is));
  if (code == "waiting.few") return few_words(waits, is);
  if (code == "waiting.sequence")
    return fmt::format("{} waits one after another, {} each", waits, seconds_text(is.mean_wait));
  if (code == "loop" && is_full_loop(is))
    return fmt::format("an event loop that is full: it serves {} connections and computes {} of "
                       "the time",
                       count_text(is.served), part_text(is.busy_share));
  if (code == "loop")
    return fmt::format("an event loop, {} of the time with nothing to do",
                       part_text(1 - is.busy_share));
  if (code == "timer")
    return fmt::format("it sleeps {} of the time",
                       part_text(is.share[index_of(cause::timer)] +
                                    is.share[index_of(cause::timed_handoff)]));
  if (code == "idle.clients")
    return is.parked_threads >= 2
               ? fmt::format("{} threads wait for clients", count_text(is.parked_threads))
               : std::string{"it waits for clients"};
  if (code == "idle.terminal") return "it waits for somebody to type";
  if (code == "idle.stopped") return "a signal has stopped it";
  if (code == "idle.parked" && is.threads < 1.5) return "its one thread waits for a signal";
  if (code == "idle.parked")
    return fmt::format("its {} threads wait for each other or for a signal",
                       count_text(is.threads));
  return fmt::format("{} of the time for {}", part_text(is.main_share),
                     plain_name(is.main_wait));
}

}  // namespace

std::string_view plain_name(cause why) noexcept {
  switch (why) {
    case cause::network:
      return "the network";
    case cause::clients:
      return "clients";
    case cause::loop:
      return "events";
    case cause::disk:
      return "the disk";
    case cause::timer:
      return "timers";
    case cause::lock:
      return "locks";
    case cause::join:
      return "its threads to end";
    case cause::timed_handoff:
      return "other threads, for a time";
    case cause::handoff:
      return "other threads";
    case cause::child:
      return "other processes";
    case cause::pipe:
      return "pipes";
    case cause::full_pipe:
      return "somebody to read its pipes";
    case cause::terminal:
      return "input";
    case cause::stopped:
      return "a signal to go on";
    case cause::unknown:
      break;
  }
  return "something unseen";
}

std::string finding_in_words(const verdict& given, const measurement& found) {
  const auto kind = given.code.substr(0, given.code.find('.'));
  std::string word{kind};
  if (kind == "short") word = "too short";
  if (kind == "turns") word = "taking turns";
  if (kind == "disk" || kind == "loop" || kind == "timer" || kind == "lock") word = "waiting";
  if (kind == "loop" && is_full_loop(evidence_of(found))) word = "busy";
  return word + ": " + finding(given.code, found, evidence_of(found)) + ".";
}

std::string advice_in_words(const verdict& given, const measurement& found) {
  const auto is = evidence_of(found);
  const auto code = given.code;
  if (code == "waiting.many")
    return is.flying[index_of(cause::network)] < 200
               ? "Use tasks; threads still do at this number."
               : "Use tasks.";
  if (code == "waiting.sequence") return "If they are independent, overlap them with tasks.";
  if (code == "waiting.few") return "Leave it simple.";
  if (code == "waiting.some") return "Threads are fine.";
  if (code == "busy.one_core")
    return is.cores < 1.25 ? "More cores, or less work." : "Use threads if the work divides.";
  if (code == "busy.some_cores" && is_entangled(is))
    return "Its threads wait for each other: ask again on a quieter machine.";
  if (code == "busy.some_cores") return "More threads, if the work divides further.";
  if (code == "busy.all_cores") return "Only more cores or less work will help.";
  if (code == "busy.short_processes") return "Do the work in fewer processes.";
  if (code == "lock") return "More threads will not help; hold the lock for less.";
  if (code == "turns") return "More threads will not help; they exclude each other.";
  if (code == "queued.own")
    return "Use a pool of " + counted(std::max(1.0, std::floor(is.cores)), "thread") + ".";
  if (code == "queued.others") return "Give it a quieter machine.";
  if (code == "queued.quota")
    return found.throttled ? "Raise the quota." : "Raise the quota or free the cores.";
  if (code == "disk") return "Ask for more at once, or in larger pieces.";
  if (code == "mixed") return "See which part is long; do the two at the same time.";
  if (code == "loop")
    return is_full_loop(is) ? "A loop on each core, or less work for each answer."
                            : "It is asynchronous already: leave it.";
  if (code == "timer" && given.advice == "tasks")
    return "It means to wait; tasks would hold less memory.";
  if (code == "timer") return "It means to wait: leave it.";
  if (code == "short") return "Measure many runs: --repeat 20.";
  if (code.starts_with("idle.") && given.advice == "tasks")
    return "Nothing is slow; tasks would hold less memory.";
  if (code.starts_with("idle.")) return "Nothing is slow: leave it.";
  return "Look at what is at the other end.";
}

std::string confidence_in_words(const verdict& given) {
  std::string text{name_of(given.how_sure)};
  if (given.how_sure == confidence::close_call && !given.runner_up.empty())
    text += fmt::format(": {} / {}", given.code, given.runner_up);
  return text;
}

std::string mode_in_words(const measurement& found) {
  auto text = found.exact ? std::string{"exact"} : "sampled: " + found.not_exact_because;
  if (found.blind) text += "; causes guessed, /proc/PID/syscall is closed to us";
  return text;
}

std::string own_cost_in_words(const measurement& found) {
  return "ask itself used " +
         (found.wall < 1 ? seconds_text(found.own_cpu)
                         : fmt::format("{:.1f}% of a core", 100 * found.own_cpu / found.wall));
}

namespace {

std::string verb_of(std::string number, std::string_view one, std::string_view several) {
  return number + std::string{number == "1" ? one : several};
}

}  // namespace

std::string tasks_in_words(const task_sum& tasks) {
  return fmt::format(
      "Inside, on average: {}, {}, {}{}.",
      verb_of(tasks.waiting < 10 ? fmt::format("{:.2g}", tasks.waiting) : grouped(tasks.waiting),
              " task waits", " tasks wait"),
      verb_of(tasks.ready < 100 ? fmt::format("{:.2g}", tasks.ready) : grouped(tasks.ready),
              " is ready", " are ready"),
      verb_of(fmt::format("{:.2g}", tasks.running), " runs", " run"),
      tasks.partial ? "; some of its cores could not be counted" : "");
}

std::string seconds_text(double seconds) {
  if (seconds >= 100) return fmt::format("{:.0f} s", seconds);
  if (seconds >= 10) return fmt::format("{:.1f} s", seconds);
  if (seconds >= 1) return fmt::format("{:.2f} s", seconds);
  if (seconds >= 0.1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds >= 0.001) return fmt::format("{:.1f} ms", seconds * 1e3);
  return fmt::format("{:.0f} µs", seconds * 1e6);
}

std::string percent_text(double share) {
  const auto percent = std::lround(share * 100);
  return percent <= 0 ? "-" : fmt::format("{}%", percent);
}

}  // namespace aside_app::ask
