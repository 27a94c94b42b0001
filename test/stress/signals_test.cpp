// Events that are set, waited for, timed out and stopped from several cores at once.
#include "stress/stress.hpp"

#include <chrono>
#include <deque>
#include <thread>
#include <vector>

namespace aside_test {

struct cell {
  aside::event filled;
  aside::event taken;
  std::uint64_t value = 0;
};
struct signal_board {
  std::deque<aside::event> events;
  std::atomic<int> got{0};
  std::atomic<int> timed_out{0};
  std::atomic<int> working{0};
};

}  // namespace aside_test

template <>
inline constexpr bool aside::shareable<aside_test::cell> = true;
template <>
inline constexpr bool aside::shareable<aside_test::signal_board> = true;

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<> produce(cell& c, int count) {
  for (int i = 1; i <= count; ++i) {
    c.value = static_cast<std::uint64_t>(i);
    c.filled.set();
    co_await c.taken.wait();
  }
}
task<> consume(cell& c, int count) {
  std::uint64_t sum = 0;
  for (int i = 1; i <= count; ++i) {
    co_await c.filled.wait();
    sum += c.value;  // no atomic: the event orders it
    c.taken.set();
  }
  EXPECT_EQ(sum, static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(count + 1) / 2);
}

TEST(stress_signals, hand_values_over_across_cores) {
  for (const unsigned workers : {2u, 4u}) {
    run_on(workers, []() -> task<> {
      std::deque<cell> cells(16);
      co_await aside::scope([&](nursery& n) -> task<> {
        for (cell& c : cells) {
          n.spawn(&produce, std::ref(c), rounds(5'000));
          n.spawn(&consume, std::ref(c), rounds(5'000));
        }
        co_return;
      });
    });
  }
}

task<> wait_with_limit(signal_board& board, std::size_t which, int count, unsigned seed) {
  dice random(seed);
  for (int i = 0; i < count; ++i) {
    const auto limit = std::chrono::microseconds(random(3000));
    const auto out = co_await aside::timeout(limit, [&]() -> task<int> {
      const auto inner =
          co_await aside::timeout(std::chrono::microseconds(random(4000)),
                                  [&]() -> task<> { co_await board.events[which].wait(); }());
      co_return inner.has_value() ? 1 : 0;
    }());
    if (out.has_value() && *out == 1)
      ++board.got;
    else
      ++board.timed_out;
  }
  --board.working;
}

task<> set_at_random(signal_board& board, unsigned seed) {
  dice random(seed);
  while (board.working > 0) {
    for (unsigned i = random(20); i > 0; --i)
      board.events[random(static_cast<unsigned>(board.events.size()))].set();
    if (random(4) == 0)
      co_await aside::sleep_for(std::chrono::microseconds(random(1500)));
    else
      co_await aside::yield();
  }
}

TEST(stress_signals, meet_thousands_of_timeouts) {
  for (const unsigned workers : {1u, 2u, 4u}) {
    run_on(workers, []() -> task<> {
      constexpr int waiters = sanitized ? 300 : 2000;
      const int each = rounds(100) / 10 + 1;
      signal_board board;
      board.events = std::deque<aside::event>(waiters);
      board.working = waiters;
      co_await aside::scope([&](nursery& n) -> task<> {
        for (unsigned i = 0; i < waiters; ++i)
          n.spawn(&wait_with_limit, std::ref(board), std::size_t{i}, each, i);
        for (unsigned i = 0; i < 3; ++i)
          n.spawn(&set_at_random, std::ref(board), i + 5);
        co_return;
      });
      EXPECT_EQ(board.got + board.timed_out, waiters * each);
    });
  }
}

// A signal that a stopped waiter has not taken is still there.
task<> take_one(signal_board& board, std::size_t which) {
  co_await board.events[which].wait();
  ++board.got;
}

TEST(stress_signals, are_never_lost_to_a_stop) {
  run_on(3, []() -> task<> {
    signal_board board;
    board.events = std::deque<aside::event>(8);
    int sent = 0;
    for (int i = 0; i < rounds(3'000); ++i) {
      co_await aside::scope([&](nursery& n) -> task<> {
        for (std::size_t k = 0; k < board.events.size(); ++k)
          n.spawn(&take_one, std::ref(board), k);
        n.spawn(
            [](signal_board& b) -> task<> {
              for (aside::event& e : b.events)
                e.set();
              co_return;
            },
            std::ref(board));
        n.spawn(
            [](nursery& mine) -> task<> {
              mine.request_stop();
              co_return;
            },
            std::ref(n));
        co_return;
      });
      sent += static_cast<int>(board.events.size());
      // What was not taken is taken now, without waiting for ever: all have been set.
      for (aside::event& e : board.events) {
        const auto rest = co_await aside::timeout(0s, [&]() -> task<> { co_await e.wait(); }());
        if (rest) ++board.got;
      }
      if (board.got != sent) {
        ADD_FAILURE() << sent - board.got << " signals lost in round " << i;
        co_return;
      }
    }
  });
}

TEST(stress_signals, from_foreign_threads_wake_sleeping_cores) {
  run_on(2, []() -> task<> {
    std::deque<cell> cells(8);
    const int each = rounds(500);
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
      threads.emplace_back([&cells, t, each] {
        dice random(t + 1);
        for (int i = 0; i < each * 50; ++i) {
          cells[t * 4 + random(4)].filled.set();
          if (random(50) == 0) std::this_thread::yield();
        }
        for (std::size_t k = 0; k < 4; ++k)
          cells[t * 4 + k].value = 1;
        for (std::size_t k = 0; k < 4; ++k)
          cells[t * 4 + k].taken.set();
      });
    }
    co_await aside::scope([&](nursery& n) -> task<> {
      for (cell& c : cells)
        n.spawn(
            [](cell& mine) -> task<> {
              co_await aside::scope([&](nursery& inner) -> task<> {
                inner.spawn_local([&]() -> task<> {
                  for (;;)
                    co_await mine.filled.wait();
                });
                co_await mine.taken.wait();
                EXPECT_EQ(mine.value, 1u);
                inner.request_stop();
              });
            },
            std::ref(c));
      co_return;
    });
    threads.clear();
  });
}

}  // namespace
