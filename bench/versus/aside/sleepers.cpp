// sleepers_1m_seconds, sleepers_1m_bytes

#include "work.hpp"

#include <functional>

namespace versus {

using aside::nursery;
using aside::task;

namespace {

task<> sleeper(countdown<task_signal>& begun, std::chrono::milliseconds time) {
  begun.one_less();
  co_await aside::sleep_for(time);
}

task<> counted_sleeper(std::atomic<std::uint64_t>& ended, std::chrono::milliseconds time) {
  co_await aside::sleep_for(time);
  ended.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

task<> sleepers_1m_seconds(const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const std::chrono::milliseconds time(p.number("sleep_ms"));
  const stopwatch timer;
  std::atomic<std::uint64_t> ended{0};
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < tasks; ++i)
      n.spawn(&counted_sleeper, std::ref(ended), time);
    co_return;
  });
  a.ns += timer.ns();
  a.tasks += ended.load();
  a.sum += ended.load();
}

task<> hold_sleepers(std::uint64_t count) {
  countdown<task_signal> begun(count);
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < count; ++i)
      n.spawn(&sleeper, std::ref(begun), std::chrono::hours(1));
    co_await begun.wait();
    say("held " + std::to_string(count));
    if (next_command().what != command::kind::release) std::exit(3);
    n.request_stop();
  });
  say("released");
}

}  // namespace versus
