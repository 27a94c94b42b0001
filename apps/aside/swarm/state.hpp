#pragma once

#include <aside/aside.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "measure/histogram.hpp"
#include "swarm/options.hpp"
#include "swarm/swarm_report.hpp"

namespace aside_app {

/// What all tasks of a swarm share. Counters may be changed by any task at any time; `changed` wakes
/// the one that leads. `talks` and `targets` are written before the events that let others read them.
class swarm_state {
 public:
  explicit swarm_state(const swarm_options& asked);

  /// What a talker does when its event lets it go on.
  enum class talk : std::uint8_t { posts, to_all };
  struct talker_gate {
    aside::event go;
    std::atomic<talk> next{talk::posts};
    std::atomic<bool> open{false};
    std::atomic<bool> talks{false};
  };

  const swarm_options options;
  aside::event changed;

  std::atomic<std::size_t> opening{0};
  std::atomic<std::size_t> subscribers{0};
  std::atomic<std::size_t> talkers{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> lost{0};
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::size_t> delivered{0};
  std::atomic<std::size_t> talking{0};
  std::atomic<bool> talk_over{false};
  std::atomic<bool> closing{false};
  histogram latency;

  std::vector<std::uint32_t> targets;  ///< the subscribers that have received their first event
  std::unique_ptr<talker_gate[]> gates;
  std::chrono::steady_clock::time_point load_began;

  /// A connection came to nothing, or ended before its time; the first reason is kept.
  void refuse(const std::string& why);
  void lose(const std::string& why);
  /// A connection has got its first answer. False: too late, and it has been counted as refused.
  bool subscribed(std::uint32_t id);
  bool is_talker();
  /// All that are not open by now are refused.
  void refuse_the_rest(const std::string& why);

  /// The address to connect from: one address has ports for about 28,000 connections to a target.
  std::string source_of(std::size_t index) const;

  swarm_report report(const std::string& phase) const;
  void set_seconds_to_open(double seconds) { seconds_to_open_ = seconds; }
  void set_messages_per_second(double rate) { messages_per_second_ = rate; }

 private:
  void keep_reason(const std::string& why);

  mutable std::mutex guard_;
  std::string refusal_;
  bool too_late_ = false;  // to come to be
  std::atomic<double> seconds_to_open_{0};
  std::atomic<double> messages_per_second_{0};
};

/// Opens one stream of events, counts what it gets, and stays until it is stopped.
aside::task<> subscriber(std::reference_wrapper<swarm_state> shared, std::uint32_t id);

/// Opens one keep-alive connection and posts at the rate asked for whenever its gate lets it.
aside::task<> talker(std::reference_wrapper<swarm_state> shared, std::uint32_t id);

}  // namespace aside_app

template <>
inline constexpr bool aside::shareable<aside_app::swarm_state> = true;
