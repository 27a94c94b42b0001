#pragma once

#include <sys/types.h>
#include <cstdint>
#include <vector>

#include "ask/cause.hpp"
#include "ask/run_lengths.hpp"

namespace aside_app::ask {

/// One thread, or what is left of it.
struct thread_sum {
  pid_t pid = 0;
  pid_t tid = 0;
  double life = 0;  ///< seconds; so are the others
  double running = 0;
  double queued = 0;
  std::uint64_t slices = 0;
  std::uint64_t waits = 0;  ///< of a millisecond or more
  run_lengths runs;
  per_cause<double> waited{};
  bool is_lent = false;      ///< Go's: what it does may go on in another
  bool in_loop = false;      ///< it was seen in an event loop's wait, or is one of Go's
  bool keeps_house = false;  ///< a virtual machine's own
  bool moves = false;        ///< Go's: no goroutine waits for another, they only go on elsewhere
  bool watches_pipe = false;   ///< a loop of it does, beside the clock
  bool talks_inside = false;   ///< those at the other ends of its connections are parts of the program, mostly
  bool wants_channel = false;  ///< Go's: several goroutines wait for the same of a channel, and hardly any else
  bool is_told = false;      ///< a virtual machine's: it is told to go on, as all that wait with it may be
  double usual_wait = 0;   ///< seconds: of its waits, the longer the more they count
  double word_share = 1;   ///< of its waits that were looked into: those for others' words
  double usual_limit = 0;  ///< seconds: for how long a loop of it would have waited at most
  bool has_one_word = false;   ///< it always waits for the same value of the same word of memory
  std::uint64_t word = 0;      ///< which one; 0 where it is not known
  bool hides_words = false;    ///< a virtual machine's: a wait for its program's words is one at its own
  std::uint64_t common_place = 0;  ///< at which it waited most often and others may, too; 0: none
};

inline double share(double part, double whole) noexcept { return whole > 0 ? part / whole : 0; }

/// Seconds that it waited for others, and as long as it takes. An interpreter's global lock is asked
/// for with a limit of time: it is none of the program's.
double open_wait(const thread_sum& thread) noexcept;

/// Whoever is in one long wait was only busy before it or behind it.
bool may_feed(const thread_sum& thread, double wall) noexcept;

/// What is waited for is no part of the program, or the clock.
bool is_outside(cause why) noexcept;

/// Seconds of such waits.
double outside_wait(const thread_sum& thread) noexcept;

/// Of the time: who waits for less of it than this contends with nobody.
constexpr double least_contention = 0.25;

/// Of the waits of those that wait in turn: for each turn there are two of them, and one of whoever
/// begins it.
constexpr double feeds = 0.25;

/// Whose waits look alike, whatever they are for.
bool is_in_virtual_machine(const std::vector<const thread_sum*>& threads) noexcept;

/// Threads that do a program's work, and what they do to each other.
struct turn_takers {
  double threads = 0;     ///< those that do the work
  double processes = 0;   ///< that these belong to
  double running = 0;     ///< on a processor, on average
  double busiest = 0;     ///< of the time: the one that ran most
  double wait = 0;        ///< of the time: they waited for each other, on average
  double locked = 1;      ///< of that: for locks that are known as such; 1 where they did not wait
  double timed_wait = 0;  ///< the same of waits with a limit of time, as for an interpreter's lock
  double outside = 0;     ///< of the time: they waited for something outside, on average
  double least_wait = 0;  ///< the same of the one that did so least
  double mutual_wait = 0;  ///< the same of the two that ran most: the one of them that did so less
  double queued = 0;      ///< of the time, on average
  double switches = 0;    ///< a second, of all of them
  bool are_lent = false;  ///< Go's: work may move from one to another
  /// Threads that wait for the same, as for a lock, and not each for the one before it: those at
  /// one place of memory that processes share, or always at one word of their own process's; else, in a
  /// virtual machine, which hides that, three or more that wait without a limit of time; Go's, whose
  /// goroutines all want the same of a channel. 0 when none of that is to be seen.
  double contenders = 0;
  double loops = 0;   ///< event loops that give them one piece after another
  double outrun = 0;  ///< threads that are woken again and again for nothing
};

/// Those of the process that has most of them; of all processes when these share the work.
turn_takers turns_of(const std::vector<thread_sum>& threads, double wall);

}  // namespace aside_app::ask
