// What threads that wait were seen to wait for.

#include "ask/observer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "ask/call_forms.hpp"

namespace aside_app::ask {
namespace {

using state = thread_record::state;

/// A call that is repeated waits for the same, mostly: a descriptor's number may have been given to
/// another file meanwhile.
constexpr unsigned most_compared = 16;

/// Chains of calls, and peers, that are told apart.
constexpr std::size_t most_places = 4'096;
constexpr std::size_t most_peers = 4'096;

/// Processes whose descriptors are looked through for the other end of a pipe or a connection.
constexpr std::size_t most_searched = 32;

}  // namespace

void observer::remember(thread_record& thread, const system_call& call, cause why) {
  auto& view = process(thread.pid);
  thread.last_peer = nullptr;
  thread.last_place = nullptr;
  if (why == cause::network)
    if (auto peer = view.peer_of(call);
        !peer.empty() && (peers_.size() < most_peers || peers_.contains(peer)))
      ++*(thread.last_peer = &peers_[std::move(peer)]);
  if (why == cause::join || why == cause::child || places_.size() >= most_places) return;
  if (auto found = view.code().of(call)) {
    thread.last_place = &places_[{why, std::move(found->chain)}];
    thread.last_place->add(found->goroutine);
  }
}

/// Finds out where most of a thread's waits are, as far as others may wait there, too.
void observer::vote(thread_record& thread, const system_call& call) {
  auto& view = process(thread.pid);
  // What comes by a descriptor is told, and no lock.
  const auto word = waits_at_a_word(call) ? call.arguments[0] ^ (call.arguments[2] << 48) : 0;
  const bool is_same = std::exchange(thread.last_word, word) == word && word != 0;
  ++(is_same ? thread.same_words : thread.other_words);
  // What Go's threads wait for is their scheduler's business: each has a place of its own.
  thread.is_lent |= view.code().is_go();
  thread.in_loop |= thread.is_lent;
  const auto place =
      thread.is_lent ? static_cast<std::uint64_t>(thread.tid) : view.common_place_of(call);
  if (place == thread.common_place)
    ++thread.common_votes;
  else if (thread.common_votes > 0)
    --thread.common_votes;
  else
    thread.common_place = place;
}

/// Whoever could end such a wait is a part of the program: one of these has the other end of each.
template <class HasEnd>
bool observer::are_own(const std::vector<std::uint64_t>& ends, HasEnd has_end) {
  if (ends.empty() || processes_.size() > most_searched) return false;
  return std::all_of(ends.begin(), ends.end(), [&](std::uint64_t end) {
    if (end == 0) return false;
    if (own_ends_.size() >= most_places) own_ends_.clear();
    const auto [known, is_new] = own_ends_.try_emplace(end, 0);
    if (is_new)
      for (const auto& [pid, view] : processes_)
        if (has_end(pid, end)) known->second = pid;
    if (known->second != 0) asked_inside_.insert(known->second);
    return known->second != 0;
  });
}

std::optional<cause> observer::see_cause(thread_record& thread) {
  thread.was_looked_into = true;
  const auto call = files_.call_of(thread);
  const auto limit = call && !call->running ? limit_of(*call) : std::chrono::milliseconds{0};
  const bool has_limit = limit.count() > 0;
  thread.seen_limit_ns = static_cast<std::uint64_t>(limit.count()) * 1'000'000;
  auto& view = process(thread.pid);
  std::optional<cause> why;
  // The call of a stopped thread is that in which it was stopped.
  if (view.is_stopped(sweeps_)) {
    thread.last_cause = cause::unknown;
    return cause::stopped;
  }
  if (call && !call->running && call->repeats(thread.last_call) &&
      thread.last_cause != cause::unknown && ++thread.compared < most_compared) {
    if (thread.last_peer != nullptr) ++*thread.last_peer;
    if (thread.last_place != nullptr) ++thread.last_place->count;
    if (thread.last_cause == cause::handoff) ++thread.same_words;
    ++thread.looks;
    if (thread.in_scheduler) ++thread.scheduler_looks;
    return thread.last_cause;
  }
  thread.last_cause = cause::unknown;
  if (call) {
    why = cause_of('S', call, {}, view);
    if (!why) return why;
    ++thread.looks;
    thread.in_scheduler = is_schedulers_sleep(*call, *why) && view.code().is_go();
    if (thread.in_scheduler) {
      ++thread.scheduler_looks;
      why = cause::handoff;
    }
    if (why == cause::loop && view.code().is_go()) {
      owing_sum_ += view.owing();
      ++poller_looks_;
    }
    if (why == cause::timer && is_sleep(*call) && locks_.hold_up(thread.pid)) why = cause::lock;
    // Who has been asked, and lets a time pass, does not wait for its clients.
    if (why == cause::clients && has_limit && is_loop_call(*call)) {
      const auto unanswered = view.unanswered_by(*call, limit);
      if (unanswered > 0) why = unanswered == 1 || view.code().is_go() ? cause::timer : cause::loop;
    }
    if (why == cause::pipe) {
      ++pipe_looks_;
      own_pipe_looks_ += are_own(view.pipes_of(*call), may_write_to);
    }
    if (why == cause::network || why == cause::clients) {
      const auto ends = view.other_ends_of(*call);
      thread.talk_looks += !ends.empty();
      thread.own_talk_looks += are_own(ends, has_socket);
    }
    const bool is_handed = why == cause::timed_handoff || why == cause::handoff;
    // A name is given early, and by the thread itself.
    if (is_handed && !thread.keeps_house && (why == cause::timed_handoff || !thread.was_named)) {
      thread.was_named = true;
      thread.keeps_house = is_housekeeper(thread_files::name_of(thread));
      if (thread.keeps_house) view.set_keeps_house();
    }
    if (is_handed && thread.keeps_house) why = cause::handoff;
    thread.in_loop |= is_loop_call(*call);
    if (has_limit && is_loop_call(*call) && why == cause::timer) {
      thread.watches_pipe |= view.watches_pipe();
      thread.loop_limits.add(std::chrono::duration<double>{limit}.count());
    }
    if (*why == cause::handoff || *why == cause::lock) vote(thread, *call);
    if (!thread.in_scheduler) remember(thread, *call, *why);
    if (*why != cause::unknown && *why != cause::disk && call->number >= 0) {
      // A loop that watches no connection may watch one the next time.
      const bool may_change =
          (is_loop_call(*call) && (why == cause::timer || why == cause::handoff || has_limit)) ||
          (is_sleep(*call) && locks_.are_shared());
      if (is_told_by_arguments(*call) && !may_change) {
        thread.last_call = *call;
        thread.last_cause = *why;
        thread.compared = 0;
      }
      return why;
    }
  } else if (files_.was_refused()) {
    blind_ = true;
  }
  const auto stat = stat_of(thread.pid, thread.tid);
  thread.is_dead = stat && stat->is_dead();
  if (thread.is_dead) return std::nullopt;
  // A wait for a disk may be over by now. It was one.
  if (!stat || stat->state == 'R') return why == cause::disk ? why : std::nullopt;
  return cause_of(stat->state, call, thread_files::kernel_function_of(thread), view);
}

void observer::tag_waits(std::uint64_t now) {
  std::vector<thread_record*> moved;
  for (auto& [tid, thread] : ledger_->threads())
    if (!thread->tagged && (thread->now == state::waiting || thread->slices > 0))
      moved.push_back(thread.get());
  if (moved.empty()) return;
  quiet_ = false;
  const auto fresh = static_cast<std::size_t>(std::count_if(
      moved.begin(), moved.end(), [](const auto* each) { return !each->was_looked_into; }));
  const auto looks = std::min(moved.size(), std::clamp(fresh, most_looks, most_first_looks));
  for (std::size_t i = 0; i < looks; ++i) {
    auto& thread = *moved[(next_to_tag_ + i) % moved.size()];
    // Only who has woken since may have queued unseen. A first slice is no waking.
    if (thread.slices > thread.corrected_slices) {
      thread.corrected_slices = thread.slices;
      if (const auto times = files_.times_of(thread)) ledger_->correct_queue(thread, *times);
    }
    if (thread.now != state::waiting) continue;
    if (const auto why = see_cause(thread)) ledger_->tag(thread, *why, now);
  }
  next_to_tag_ += looks;
}

}  // namespace aside_app::ask
