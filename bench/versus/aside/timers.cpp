// time_timeout, timer_fresh_1m

#include "work.hpp"

#include <functional>

namespace versus {

using aside::nursery;
using aside::task;
using namespace std::chrono_literals;

namespace {

task<> ready() { co_return; }

task<> sleeper(std::chrono::milliseconds time) { co_await aside::sleep_for(time); }

task<> timed(std::atomic<std::uint64_t>& in_time, std::uint64_t times) {
  std::uint64_t done = 0;
  for (std::uint64_t i = 0; i < times; ++i) {
    const auto ended = co_await aside::timeout(1s, ready());
    if (ended) ++done;
  }
  in_time.fetch_add(done, std::memory_order_relaxed);
}

}  // namespace

task<> time_timeout(const parameters& p, answer& a) {
  const std::uint64_t workers = p.number("workers");
  const std::uint64_t times = p.number("times");
  const stopwatch timer;
  std::atomic<std::uint64_t> in_time{0};
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < workers; ++i)
      n.spawn(&timed, std::ref(in_time), times);
    co_return;
  });
  a.ns += timer.ns();
  a.sum += in_time.load();
}

task<> timer_fresh_1m(const parameters& p, answer& a) {
  const std::uint64_t live = p.number("live");
  const std::uint64_t pairs = p.number("pairs");
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < live; ++i)
      n.spawn(&sleeper, 10s + std::chrono::milliseconds(i * 3'590'000 / live));
    while (n.size() < live)
      co_await aside::yield();
    co_await aside::sleep_for(200ms);
    std::uint64_t in_time = 0;
    const stopwatch timer;
    for (std::uint64_t i = 0; i < pairs; ++i) {
      const auto ended = co_await aside::timeout(1s, ready());
      if (ended) ++in_time;
    }
    a.ns += timer.ns();
    a.sum += in_time;
    n.request_stop();
  });
}

}  // namespace versus
