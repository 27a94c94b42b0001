#pragma once

#include <aside/aside.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "measure/histogram.hpp"
#include "swarm/load/dialogue.hpp"
#include "swarm/load/echo_dialogue.hpp"
#include "swarm/load/mishap.hpp"
#include "swarm/load/options.hpp"
#include "swarm/load/report.hpp"
#include "swarm/load/schedule.hpp"

namespace aside_app::load {

using clock = std::chrono::steady_clock;

/// What all tasks of one of a load's processes share. Counters may be changed by any task at any time;
/// `changed` wakes the one that leads. The times are set before the gates are opened, but for
/// `until`, which an interruption brings forward.
class state {
 public:
  explicit state(const load::options& asked);

  const load::options options;
  const std::size_t busy_asked;  ///< of this process
  const std::size_t idle_asked;
  const load::schedule schedule;

  aside::event changed;
  /// One for each busy connection: lets it begin, and in an open loop says that a message is due.
  std::unique_ptr<aside::event[]> gates;

  std::atomic<std::size_t> opening{0};
  std::atomic<std::size_t> busy{0};     ///< open
  std::atomic<std::size_t> idle{0};     ///< open, and have had their one answer
  std::atomic<std::size_t> talking{0};  ///< of the busy ones, not done with their messages
  std::atomic<std::size_t> lost{0};     ///< of the busy ones
  std::atomic<std::size_t> reopened{0};
  std::atomic<bool> closing{false};

  // Of the measured time only: messages that were due, or were sent, in it.
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> refusals{0};
  std::atomic<std::uint64_t> unsent{0};  ///< open loop: due, but their connection was not free or lost
  std::atomic<std::uint64_t> arrived{0};  ///< answers that came in it, whenever they were asked for
  std::atomic<std::uint64_t> bytes{0};    ///< received and found right, at any time
  histogram latency;
  histogram late;

  void set_times(clock::time_point begin) noexcept;
  clock::time_point begin() const noexcept { return clock::time_point{clock::duration{begin_.load()}}; }
  clock::time_point from() const noexcept { return begin() + options.warm_up; }
  clock::time_point until() const noexcept { return clock::time_point{clock::duration{until_.load()}}; }
  void end_by(clock::time_point when) noexcept;
  bool measured(clock::time_point since) const noexcept {
    return since >= from() && since < until();
  }
  /// When the message that is the `turn`th of connection `index` is due.
  clock::time_point due(std::size_t index, std::uint64_t turn) const noexcept {
    return begin() + schedule.due(options.number_of(index), turn);
  }

  std::unique_ptr<dialogue> dialogue_of(std::size_t index) const;
  /// The address to connect from; empty: the kernel's choice.
  std::string source_of(std::size_t index) const;

  /// A connection came to nothing or ended before its time. The first one's `why` is kept.
  void fail(mishap what, const std::string& why);

  load::report report(const std::string& phase) const;
  void set_seconds_to_open(double seconds) noexcept { seconds_to_open_ = seconds; }

 private:
  message_bytes messages_;
  std::string requests_;
  std::size_t request_size_ = 0;

  std::atomic<std::int64_t> begin_{0};
  std::atomic<std::int64_t> until_{0};
  std::atomic<double> seconds_to_open_{0};
  std::array<std::atomic<std::uint64_t>, mishap_kinds> mishaps_{};
  mutable std::mutex guard_;
  std::string first_;
};

/// A connection that carries messages, of this process's `index`th. Stays until it is stopped.
aside::task<> busy_caller(std::reference_wrapper<state> shared, std::uint32_t index);

/// One that has one answer and then says nothing; it notices when the peer ends the stream.
aside::task<> idle_caller(std::reference_wrapper<state> shared, std::uint32_t index);

}  // namespace aside_app::load

template <>
inline constexpr bool aside::shareable<aside_app::load::state> = true;
