#include "ask/outrun.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace aside_app::ask {
namespace {

using thread_list = std::vector<const thread_sum*>;

/// Times as long as it mostly runs: then it has got what it wanted.
constexpr double much_longer = 16;

/// Seconds: who runs for less each time that it is woken looks whether it may go on, and may not.
constexpr double nothing_done = 25e-6;

/// Of the time: who runs for that much has the lock nearly all the time.
constexpr double nearly_all = 0.9;

/// A second: who is woken less often is not woken again and again.
constexpr double often = 20;

/// Who has had fewer turns may have begun with them.
constexpr std::uint64_t least_turns = 4;

/// Of the time: who waits for less of it wants nothing that is taken.
constexpr double least_wait = 0.25;
constexpr double long_wait = 0.5;

/// Of that time: a wait with a limit is no wait for a lock.
constexpr double most_timed = 0.25;

/// Of what it runs: so much of it lies in its turns.
constexpr double most_of_it = 0.5;

/// Of their turns: so long the busiest was seen to wait meanwhile.
constexpr double least_rest = 0.25;

/// Of the times that another is woken: who rests as often works for it, and takes nothing from it.
constexpr double rests = 0.6;

/// It waits for that long, and is woken often. Who asks for an interpreter's lock wakes by the clock.
bool may_be_outrun(const thread_sum& thread, double wait) noexcept {
  return !thread.in_loop && !thread.keeps_house && open_wait(thread) >= wait &&
         thread.waited[index_of(cause::timed_handoff)] < most_timed * open_wait(thread) &&
         static_cast<double>(thread.runs.count()) >= often * thread.life;
}

/// For how long a thread that is mostly woken for nothing had its turn now and then; 0 if all its turns
/// are alike, as those of a thread that is given something to do.
double turns_of_the_outrun(const thread_sum& thread, double wall) noexcept {
  const auto typical = thread.runs.typical();
  if (typical <= 0 || !may_be_outrun(thread, least_wait * wall)) return 0;
  const auto turns = thread.runs.from(much_longer * typical);
  return turns.times >= least_turns && turns.seconds >= most_of_it * thread.running
             ? turns.seconds
             : 0;
}

/// Its turns are too short for any work, but for a few with which it may have begun: it never gets what
/// it wants.
bool is_always_outrun(const thread_sum& thread, double wall) noexcept {
  return thread.has_one_word && may_be_outrun(thread, long_wait * wall) &&
         thread.runs.typical() <= nothing_done;
}

bool share_a_word(const thread_list& threads) {
  std::set<std::uint64_t> words;
  return std::any_of(threads.begin(), threads.end(), [&](const auto* each) {
    return each->common_place != 0 || (each->has_one_word && !words.insert(each->word).second);
  });
}

/// Those that the busiest of their process outruns.
double outrun_among(const thread_list& threads, double wall) {
  const bool is_virtual = is_in_virtual_machine(threads);
  const auto busiest = std::max_element(
      threads.begin(), threads.end(),
      [](const auto* a, const auto* b) { return a->running < b->running; });
  if ((*busiest)->in_loop) return 0;  // it waits for whatever comes
  double count = 0;
  double always = 0;
  double turns = 0;
  for (auto each = threads.begin(); each != threads.end(); ++each) {
    // Where several are told that something has changed, and it is one's turn, the others were woken for
    // nothing, too; but what they wait for changes.
    const bool wants_one =
        ((is_virtual && !(*each)->is_told) || (*each)->has_one_word || (*each)->common_place != 0) &&
        static_cast<double>((*busiest)->runs.count()) < rests * static_cast<double>((*each)->runs.count());
    const double had =
        each == busiest || !wants_one ? 0 : turns_of_the_outrun(**each, wall);
    turns += had;
    count += had > 0;
    always += had <= 0 && each != busiest && wants_one && is_always_outrun(**each, wall);
  }
  // Those that each wait at a word of their own wait for answers.
  if (count + always > 1 && !is_virtual && !share_a_word(threads)) return 0;
  // Helpers of its own it does not wait for while they work.
  if (count > 0 && open_wait(**busiest) < least_rest * turns) count = 0;
  return (*busiest)->running >= nearly_all * wall ? count + always : count;
}

}  // namespace

/// The largest of those that are of one process, or wait at one place that several share.
double outrun_in(const std::vector<thread_sum>& threads, double wall) {
  std::map<std::pair<pid_t, std::uint64_t>, thread_list> groups;
  for (const auto& each : threads)
    groups[{each.common_place != 0 ? 0 : each.pid, each.common_place}].push_back(&each);
  const auto busiest = std::max_element(
      threads.begin(), threads.end(),
      [](const auto& a, const auto& b) { return a.running < b.running; });
  double most = 0;
  for (auto& [of, those] : groups) {
    // A process that always has what is shared is never seen to wait for it.
    if (of.second != 0 && busiest->common_place == 0) those.push_back(&*busiest);
    most = std::max(most, outrun_among(those, wall));
  }
  return most;
}

}  // namespace aside_app::ask
