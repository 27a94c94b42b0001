#pragma once

#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ask/cause.hpp"
#include "ask/proc_text.hpp"
#include "ask/run_lengths.hpp"
#include "ask/wait_log.hpp"

namespace aside_app::ask {

struct place_looks;

/// Who runs for less before it waits again has only seen that it must wait.
constexpr std::uint64_t next_to_nothing_ns = 50'000;

/// What is known of one thread of the program.
struct thread_record {
  enum class state : std::uint8_t { running, queued, waiting, ended };

  pid_t pid = 0;
  pid_t tid = 0;
  state now = state::waiting;
  std::uint64_t since = 0;          ///< all before has been accounted for
  std::uint64_t began = 0;          ///< when the present wait began
  bool partial = false;             ///< the present wait began before anybody looked
  bool tagged = false;              ///< `why` has been seen during the present wait
  cause why = cause::unknown;       ///< of the present wait, or of the last one that was seen
  per_cause<std::uint32_t> tags{};  ///< waits whose cause was seen
  /// Waits that nobody looked into, by the quarter of their length, and those too short to count.
  std::vector<std::pair<std::size_t, wait_sum>> untagged;
  wait_sum untagged_short;

  std::uint64_t born = 0;
  std::uint64_t ended = 0;
  std::uint64_t last_moved = 0;
  std::uint64_t run_ns = 0;
  std::uint64_t queued_ns = 0;
  std::uint64_t slices = 0;
  std::uint64_t run_ns_before = 0;  ///< exact: when it was woken last
  std::uint64_t queue_ended_ns = 0;  ///< exact: for how long it had lost its processor, when it got one
  std::uint64_t run_ns_at_start = 0;  ///< exact: when it got its processor last
  std::uint64_t runs_counted = 0;   ///< exact: how many runs there were when its queue was last corrected
  std::uint64_t idle_runs = 0;      ///< exact: of those since, in which it did next to nothing
  run_lengths runs;
  std::uint64_t waits = 0;  ///< of a millisecond or more
  per_cause<double> waited{};  ///< seconds

  // What the sampler keeps between two looks.
  sched_times last_read{};
  bool was_read = false;
  bool was_looked_into = false;  ///< for its cause
  bool is_dead = false;          ///< only its number is left
  std::int64_t pending_ns = 0;   ///< elapsed, but neither run nor queued nor slept for yet
  std::uint64_t prepaid_ns = 0;  ///< booked as queued before the kernel has said so
  std::uint64_t accounted_queue_ns = 0;
  std::uint64_t corrected_slices = 1;  ///< exact: how many when its queue was last corrected
  unsigned unchanged = 0;              ///< looks in a row that found it as it was
  unsigned skip = 0;
  std::uint64_t common_place = 0;      ///< where it waits most often, for what others may wait for, too
  unsigned common_votes = 0;           ///< how many more of its waits were there than elsewhere
  wait_sum all_waits;    ///< whatever their cause and length
  std::uint64_t limit_ns = 0;   ///< of the present wait, a loop's, which the clock may end; 0: none was seen
  std::uint64_t seen_limit_ns = 0;  ///< the same of the call that was looked into last
  std::uint64_t carried_ns = 0;  ///< of a wait for an answer that the clock has ended and that went on
  wait_sum loop_limits;  ///< for how long a loop of it would have waited at most
  std::uint64_t last_word = 0;         ///< of memory, at which it was last seen to wait for a value
  unsigned same_words = 0;             ///< looks that found it at the one of the look before
  unsigned other_words = 0;
  bool is_lent = false;      ///< Go's: what it does may go on in another
  bool in_loop = false;      ///< it was seen in an event loop's wait, or is one of Go's
  bool was_named = false;    ///< its name has been looked at
  bool keeps_house = false;  ///< a virtual machine's own
  bool in_scheduler = false;     ///< its last wait that was looked up is a sleep of Go's scheduler
  bool watches_pipe = false;    ///< a loop of it does, beside the clock
  unsigned talk_looks = 0;      ///< that found it waiting for what comes over connections
  unsigned own_talk_looks = 0;  ///< of these: from parts of the program
  unsigned looks = 0;           ///< that found it waiting
  unsigned scheduler_looks = 0;  ///< of these: in a sleep of Go's scheduler
  system_call last_call;  ///< whose cause was looked up, not only compared
  cause last_cause = cause::unknown;
  std::uint64_t* last_peer = nullptr;   ///< how often its peer was seen
  place_looks* last_place = nullptr;    ///< the same of the place in its code
  unsigned compared = 0;                ///< looks since then
  int schedstat_file = -1;
  int call_file = -1;

  cause usual_cause() const noexcept;
  bool waits_inside() const noexcept;
  bool has_one_word() const noexcept;
  bool is_schedulers() const noexcept;
  double word_share() const noexcept;
};

/// Of the waits that were looked into: those for a word of another thread.
inline double thread_record::word_share() const noexcept {
  double all = 0;
  for (const auto each : tags)
    all += each;
  const double words = tags[index_of(cause::handoff)] + tags[index_of(cause::timed_handoff)];
  return all > 0 ? words / all : 1;
}

/// A condition variable of C's library uses two words in turn; a semaphore has one.
inline bool thread_record::has_one_word() const noexcept {
  constexpr unsigned enough = 10;
  return same_words >= enough && same_words >= 9 * other_words;
}

/// It never does anything for a goroutine: it only looks from time to time whether all is well.
inline bool thread_record::is_schedulers() const noexcept {
  return scheduler_looks > 0 && 10 * scheduler_looks >= 9 * looks;
}

/// The cause that was seen most often; `why` when none was.
inline cause thread_record::usual_cause() const noexcept {
  auto best = why;
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < causes; ++i) {
    if (tags[i] <= most) continue;
    most = tags[i];
    best = static_cast<cause>(i);
  }
  return best;
}

/// It waits for others of the program, mostly.
inline bool thread_record::waits_inside() const noexcept {
  const auto usual = usual_cause();
  return usual == cause::lock || (!is_external(usual) && usual != cause::unknown);
}

}  // namespace aside_app::ask
