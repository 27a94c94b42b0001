// Whatever is ready gets its turn while others are ready all the time. The first three hang where one kind is served
// without end.
#include <aside/event.hpp>

#include "unit/run_test.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>

namespace {

struct table {
  aside::event ping;
  aside::event pong;
  std::atomic<bool> over{false};
};

struct crowd {
  std::atomic<bool> held{false};
  std::atomic<bool> go{false};
  std::atomic<int> ended{0};
};

}  // namespace

template <>
inline constexpr bool aside::shareable<table> = true;

namespace {

using namespace aside_test;
using aside::nursery;
using aside::task;
using namespace std::chrono_literals;

task<> yields_until(const std::atomic<bool>& over) {
  while (!over.load(std::memory_order_relaxed))
    co_await aside::yield();
}

task<> returns(table& t) {
  while (!t.over.load(std::memory_order_relaxed)) {
    co_await t.ping.wait();
    t.pong.set();
  }
}

task<> serves(table& t) {
  while (!t.over.load(std::memory_order_relaxed)) {
    t.ping.set();
    co_await t.pong.wait();
  }
  t.ping.set();
}

TEST(next_task, two_that_wake_each_other_leave_turns_to_a_third) {
  run_on(1, []() -> task<> {
    table t;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&returns, std::ref(t));
      n.spawn(&serves, std::ref(t));
      for (int i = 0; i < 100; ++i)
        co_await aside::yield();
      t.over.store(true, std::memory_order_relaxed);
    });
  });
}

task<> ends_after_a_hundred_turns(table& t) {
  for (int i = 0; i < 100; ++i)
    co_await aside::yield();
  t.over.store(true, std::memory_order_relaxed);
}

TEST(next_task, two_that_wake_each_other_leave_turns_to_one_that_stays_on_the_core) {
  run_on(1, []() -> task<> {
    table t;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&returns, std::ref(t));
      n.spawn(&serves, std::ref(t));
      n.spawn_local(&ends_after_a_hundred_turns, std::ref(t));
      co_return;
    });
  });
}

task<> spins_until(const std::atomic<bool>& over) {
  while (!over.load(std::memory_order_relaxed)) {
  }
  co_return;
}

task<> passes_on(aside::nursery_ref n, std::atomic<bool>& over, int left) {
  if (left == 0)
    over.store(true, std::memory_order_relaxed);
  else
    n.spawn(&passes_on, n, std::ref(over), left - 1);
  co_return;
}

// The last of them loses the LIFO slot to one that computes, and may run on the core that sleeps.
TEST(next_task, what_has_to_leave_the_lifo_slot_is_told_of) {
  run_on(2, []() -> task<> {
    for (int round = 0; round < 20; ++round) {
      co_await aside::sleep_for(2ms);  // most often the other core sleeps afterwards
      std::atomic<bool> over{false};
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(&spins_until, std::cref(over));
        n.spawn(&passes_on, aside::nursery_ref(n), std::ref(over), 3);
        co_return;
      });
    }
  });
}

TEST(next_task, timers_are_looked_at_beside_tasks_that_are_always_ready) {
  run_in([]() -> task<> {
    std::atomic<bool> over{false};
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 4; ++i)
        n.spawn_local(&yields_until, std::cref(over));
      for (int i = 0; i < 10; ++i)
        co_await aside::sleep_for(1ms);
      over.store(true, std::memory_order_relaxed);
    });
  });
}

task<> counts_turns(std::atomic<int>& turns, std::atomic<bool>& over) {
  while (!over.load(std::memory_order_relaxed)) {
    turns.fetch_add(1, std::memory_order_relaxed);
    co_await aside::yield();
  }
}

TEST(next_task, those_that_stay_on_the_core_and_those_that_may_leave_take_turns) {
  run_on(1, []() -> task<> {
    std::array<std::atomic<int>, 4> turns{};
    std::atomic<bool> over{false};
    co_await aside::scope([&](nursery& n) -> task<> {
      for (std::size_t i = 0; i < turns.size(); ++i) {
        if (i % 2 == 0)
          n.spawn_local(&counts_turns, std::ref(turns[i]), std::ref(over));
        else
          n.spawn(&counts_turns, std::ref(turns[i]), std::ref(over));
      }
      while (turns[0].load() + turns[1].load() + turns[2].load() + turns[3].load() < 4'000)
        co_await aside::yield();
      over.store(true, std::memory_order_relaxed);
    });
    for (const auto& each : turns)
      EXPECT_GT(each.load(), 400);
  });
}

// With 61 turns between looks, and each time a part of what is left, it had more than 40 in between.
TEST(next_task, a_busy_task_has_few_turns_until_all_that_came_from_outside_had_theirs) {
  constexpr int many = 200;
  const auto c = std::make_shared<crowd>();
  // Else the thread in block_on would take some of them, and lose its CPU with them.
  aside::runtime rt(quiet(1).block_on_runs_tasks(false));
  auto turns = rt.spawn_joinable(
      [](std::shared_ptr<crowd> all) -> task<int> {
        all->held = true;
        all->held.notify_one();
        all->go.wait(false);  // nobody takes anything meanwhile
        int n = 0;
        for (; all->ended != many; ++n)
          co_await aside::yield();
        co_return n;
      },
      c);
  c->held.wait(false);
  const auto handle = rt.handle();
  for (int i = 0; i < many; ++i)
    handle.spawn(
        [](std::shared_ptr<crowd> all) -> task<> {
          ++all->ended;
          co_return;
        },
        c);
  c->go = true;
  c->go.notify_one();
  const int got = rt.block_on([&]() -> task<int> { co_return co_await turns.join(); });
  EXPECT_LT(got, 20);
}

}  // namespace
