#pragma once
// The works of the group `tasks`: each runs one iteration inside a task and adds to the answer.

#include "protocol.hpp"

#include <aside/aside.hpp>

#include <atomic>

namespace versus {

using work = aside::task<>(const parameters& p, answer& a);

work spawn_many_local;
work yield_many;
work chained_spawn;
work post;
work sleepers_1m_seconds;
work time_timeout;
work timer_fresh_1m;

/// Spawns `count` sleepers and answers the driver's hold and release.
aside::task<> hold_sleepers(std::uint64_t count);

/// Counts down; the last one lets the waiting task go on.
class countdown {
 public:
  explicit countdown(std::uint64_t from) : left_(from) {}
  void one_less() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_.set();
  }
  auto wait() { return done_.wait(); }

 private:
  std::atomic<std::uint64_t> left_;
  aside::event done_;
};

}  // namespace versus

template <>
inline constexpr bool aside::shareable<versus::countdown> = true;
template <>
inline constexpr bool aside::shareable<std::atomic<std::uint64_t>> = true;
