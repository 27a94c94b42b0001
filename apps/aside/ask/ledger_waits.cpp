// Waits that have ended: how long each was, and for what.

#include "ask/ledger.hpp"

#include <algorithm>
#include <utility>

namespace aside_app::ask {
namespace {

/// A thread that was seen to wait that often waits for nothing else.
constexpr std::uint32_t enough_tags = 3;

/// Of the waits for what it waits for most often: what it waits for less often than that it does not.
constexpr double least_tags = 0.2;

}  // namespace

/// A loop that looks at the clock meanwhile waits for the same answer before and afterwards.
std::uint64_t ledger::whole_wait(thread_record& thread, std::uint64_t length) {
  const auto limit = std::exchange(thread.limit_ns, 0);
  const bool is_for_answer = thread.tagged && thread.why == cause::network;
  if (is_for_answer && !thread.partial && limit > 0 && length + limit / 8 + shortest_wait_ns >= limit) {
    thread.carried_ns += length;
    return 0;
  }
  const auto carried = std::exchange(thread.carried_ns, 0);
  if (is_for_answer) return length + carried;
  if (carried > 0) waits_.add(cause::network, carried);
  return length;
}

void ledger::close_wait(thread_record& thread, std::uint64_t length) {
  if (!thread.partial) thread.all_waits.add(static_cast<double>(length) * ns);
  length = whole_wait(thread, length);
  if (!thread.partial && length >= shortest_wait_ns) {
    ++thread.waits;
    if (thread.tagged) {
      ++thread.tags[index_of(thread.why)];
      waits_.add(thread.why, length);
    } else {
      const auto quarter = wait_log::quarter_of(length);
      auto& known = thread.untagged;
      auto place = std::find_if(known.begin(), known.end(),
                                [&](const auto& each) { return each.first == quarter; });
      if (place == known.end()) place = known.insert(place, {quarter, {}});
      place->second.add(static_cast<double>(length) * ns);
    }
  } else if (!thread.partial && length > 0) {
    close_short(thread, length);
  }
  thread.partial = false;
  thread.tagged = false;
}

void ledger::close_short(thread_record& thread, std::uint64_t length,
                         std::uint64_t times) noexcept {
  const double seconds = static_cast<double>(length) * ns;
  const auto count = static_cast<double>(times);
  const wait_sum sum{count, count * seconds, count * seconds * seconds};
  if (times > 1) thread.all_waits += sum;
  if (thread.tagged)
    waits_.add_short(thread.why, sum);
  else
    thread.untagged_short += sum;
}

cause_set ledger::possible_for(const thread_record& thread) const {
  std::uint32_t most = 0;
  std::uint32_t sum = 0;
  for (const auto each : thread.tags) {
    most = std::max(most, each);
    sum += each;
  }
  auto possible = cause_set::all();
  if (sum >= enough_tags) {
    for (const auto why : all_causes())
      if (thread.tags[index_of(why)] < least_tags * most) possible.remove(why);
    return possible;
  }
  // Who was only seen to wait for the end of others leaves the rest to them; its own end may take a while.
  if (sum > 0 && sum == thread.tags[index_of(cause::join)]) possible.remove(cause::network);
  const auto process = processes_.find(thread.pid);
  if (process == processes_.end()) return possible;
  if (!process->second.has_children && !sampled_) possible.remove(cause::child);
  if (process->second.threads == 1) possible.remove(cause::join);
  return possible;
}

/// What nobody saw of the thread's waits will be known by those of others, if at all.
void ledger::give_up(thread_record& thread) {
  if (thread.carried_ns > 0) waits_.add(cause::network, std::exchange(thread.carried_ns, 0));
  if (!thread.untagged.empty()) {
    const auto possible = possible_for(thread);
    const bool is_new = thread.why == cause::unknown;
    for (const auto& [quarter, sum] : thread.untagged)
      unseen_.add(possible, is_new, quarter, sum);
    thread.untagged = {};
  }
  const auto usual = thread.usual_cause();
  short_unseen_[index_of(usual)] += thread.untagged_short.seconds;
  waits_.add_short(usual, thread.untagged_short);
  thread.untagged_short = {};
}

}  // namespace aside_app::ask
