// yield_many, post

#include "work.hpp"

#include <functional>

namespace versus {

using aside::nursery;
using aside::task;

namespace {

task<> yielder(countdown& left, std::atomic<std::uint64_t>& yields, std::uint64_t times) {
  std::uint64_t done = 0;
  for (; done < times; ++done)
    co_await aside::yield();
  yields.fetch_add(done, std::memory_order_relaxed);
  left.one_less();
}

}  // namespace

task<> yield_many(const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const std::uint64_t times = p.number("yields");
  const stopwatch timer;
  countdown left(tasks);
  std::atomic<std::uint64_t> yields{0};
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < tasks; ++i)
      n.spawn(&yielder, std::ref(left), std::ref(yields), times);
    co_await left.wait();
  });
  a.ns += timer.ns();
  a.tasks += tasks;
  a.sum += yields.load();
}

task<> post(const parameters& p, answer& a) {
  const std::uint64_t times = p.number("times");
  std::uint64_t done = 0;
  const stopwatch timer;
  for (; done < times; ++done)
    co_await aside::yield();
  a.ns += timer.ns();
  a.sum += done;
}

}  // namespace versus
