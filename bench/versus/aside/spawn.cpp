// spawn_many_local, chained_spawn

#include "work.hpp"

#include <functional>

namespace versus {

using aside::nursery;
using aside::task;

namespace {

task<> decrement(countdown& left) {
  left.one_less();
  co_return;
}

task<> link_of_chain(nursery& n, countdown& end, std::atomic<std::uint64_t>& made, std::uint64_t left) {
  made.store(made.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (left == 1)
    end.one_less();
  else
    n.spawn(&link_of_chain, std::ref(n), std::ref(end), std::ref(made), left - 1);
  co_return;
}

}  // namespace

task<> spawn_many_local(const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const stopwatch timer;
  countdown left(tasks);
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < tasks; ++i)
      n.spawn(&decrement, std::ref(left));
    co_await left.wait();
  });
  a.ns += timer.ns();
  a.tasks += tasks;
}

task<> chained_spawn(const parameters& p, answer& a) {
  const std::uint64_t depth = p.number("depth");
  const stopwatch timer;
  countdown end(1);
  std::atomic<std::uint64_t> made{0};
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn(&link_of_chain, std::ref(n), std::ref(end), std::ref(made), depth);
    co_await end.wait();
  });
  a.ns += timer.ns();
  a.tasks += made.load();
}

}  // namespace versus
