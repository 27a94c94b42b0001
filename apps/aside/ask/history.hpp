#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ask/cause.hpp"

namespace aside_app::ask {

/// How likely it is that a wait of this cause holds the program up, against others at the same
/// time.
double weight_of(cause why, bool is_parked) noexcept;

/// A stretch of the run. All in seconds; those of threads are summed over threads.
struct stretch {
  double length = 0;
  double running = 0;           ///< thread-seconds on a processor
  double queued = 0;            ///< thread-seconds that could have run, but had no processor
  per_cause<double> waiting{};  ///< thread-seconds
  double some_ran = 0;          ///< at least one thread was on a processor
  double some_waited = 0;       ///< at least one waited for something outside the program
  per_cause<double> weights{};  ///< thread-seconds again, weighted by how likely they held it up
  per_cause<double> held_up{};  ///< nothing ran: by what held the program up; sums to the rest
  double held_by_queue = 0;     ///< nothing ran, for want of a processor
  double most_runnable = 0;
  double most_threads = 0;

  double external() const noexcept;

  /// Takes up to so many thread-seconds of a wait for time in a queue; returns how many there were.
  double take_for_queue(cause from, double seconds) noexcept;

  /// The other way.
  double take_from_queue(cause to, double seconds) noexcept;

  /// Says what held the program up while nothing ran, by the weights of what was waited for.
  void blame() noexcept;
  stretch& operator+=(const stretch& next) noexcept;
  stretch part(double share) const noexcept;
};

/// The whole run, stretch by stretch. Long runs are kept in at most a thousand stretches,
/// neighbours
/// merged two by two.
class history {
 public:
  /// As `parts` equal stretches.
  void add(const stretch& next, std::uint64_t parts = 1);

  const std::vector<stretch>& stretches() const noexcept { return stretches_; }
  stretch total() const noexcept;

  /// Takes so much of what was said to be waiting for `from` to have been for `to`.
  void reassign(cause from, cause to, double share) noexcept;

  /// Waits for that are so many times as likely to have held the program up.
  void weigh(cause why, double times) noexcept;

  /// The same as of a stretch, from the last one backwards as far as a queue may reach.
  double take_for_queue(cause from, double seconds) noexcept;
  double take_from_queue(cause to, double seconds) noexcept;

  /// The run cut into `count` pieces of equal length. A stretch that is longer is cut as if all of it
  /// had been alike.
  std::vector<stretch> pieces(std::size_t count) const;

 private:
  template <class Take>
  double take_backwards(double seconds, Take take) noexcept;
  void add_one(const stretch& next);

  std::vector<stretch> stretches_;
  std::size_t merged_ = 1;  ///< how many sweeps the next stretch takes in
  std::size_t in_last_ = 0;
};

}  // namespace aside_app::ask
