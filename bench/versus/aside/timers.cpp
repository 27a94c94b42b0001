// time_timeout, timer_fresh_1m, timer_cancel_random_1m

#include "../common/timers.hpp"
#include "work.hpp"

#include <functional>
#include <vector>

namespace versus {

using aside::nursery;
using aside::task;
using namespace std::chrono_literals;

namespace {

task<> ready() { co_return; }

using tasks_left = countdown<task_signal>;

// Counted where it arms its timer, which a task that was only spawned has not done.
task<> sleeper(tasks_left& begun, std::chrono::milliseconds time) {
  begun.one_less();
  co_await aside::sleep_for(time);
}

task<> until(aside::event& told) { co_await told.wait(); }

task<> wait_at_most(std::chrono::milliseconds time, aside::event& told, tasks_left& begun,
                    tasks_left& gone) {
  begun.one_less();
  const auto ended = co_await aside::timeout(time, until(told));
  if (ended) gone.one_less();
}

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
  tasks_left begun(live);
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < live; ++i)
      n.spawn(&sleeper, std::ref(begun), spread(i, live));
    co_await begun.wait();
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

// A timer that somebody else cancels is the limit of a wait, in a task that then goes on and ends.
task<> timer_cancel_random_1m(const parameters& p, answer& a) {
  constexpr std::uint64_t batch = 100;  // those that were told still have to run; so often they can
  const std::uint64_t live = p.number("live");
  const std::uint64_t cancels = p.number("cancels");
  std::vector<aside::event> table(live);
  const std::vector<std::uint32_t> order = random_order(live, cancels);
  tasks_left begun(live);
  tasks_left gone(cancels);
  co_await aside::scope([&](nursery& n) -> task<> {
    for (std::uint64_t i = 0; i < live; ++i)
      n.spawn(&wait_at_most, spread(i, live), std::ref(table[i]), std::ref(begun), std::ref(gone));
    co_await begun.wait();
    const stopwatch timer;
    for (std::uint64_t i = 0; i < cancels; ++i) {
      table[order[i]].set();
      if (i % batch == batch - 1) co_await aside::yield();
    }
    co_await gone.wait();
    a.ns += timer.ns();
    n.request_stop();
  });
  a.sum += cancels - gone.left();
}

}  // namespace versus
