// Random trees of races, alls, timeouts and scopes, woken from other cores and stopped from outside.
// Every branch ends, nothing that was made stays, and no token of a channel between them is lost.
#include <aside/all.hpp>
#include <aside/race.hpp>

#include "stress/stress.hpp"

#include <chrono>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;

using book = std::shared_ptr<tally>;

task<int> branch(book b, std::uint64_t seed, int depth);

/// Waits for an event that a task on any core sets.
task<> woken_from_elsewhere(unsigned yields) {
  auto e = std::make_shared<aside::event>();
  aside::spawn(
      [](std::shared_ptr<aside::event> wakes, unsigned n) -> task<> {
        for (; n > 0; --n)
          co_await aside::yield();
        wakes->set();
      },
      e, yields);
  // The event lives on in the spawned task when this one is stopped.
  co_await e->wait();
}

task<int> some_leaf(dice& random) {
  switch (random(7)) {
    case 0:
      co_await aside::sleep_for(std::chrono::microseconds(random(2000)));
      break;
    case 1:
      co_await wait_for_ever();
      break;
    case 2:
      throw std::runtime_error("a branch");
    case 3:
    case 4:
      co_await woken_from_elsewhere(random(4));
      break;
    default:
      for (unsigned i = random(6); i > 0; --i)
        co_await aside::yield();
  }
  co_return 1;
}

task<int> some_race(book b, std::uint64_t seed, int depth) {
  auto [x, y, z] = co_await aside::race(branch(b, seed + 1, depth), branch(b, seed + 2, depth),
                                        branch(b, seed + 3, depth));
  co_return x.value_or(0) + y.value_or(0) + z.value_or(0);
}
task<int> some_all(book b, std::uint64_t seed, int depth) {
  auto [x, y] = co_await aside::all(branch(b, seed + 1, depth), branch(b, seed + 2, depth));
  co_return x + y;
}
task<int> some_range(book b, std::uint64_t seed, int depth) {
  std::vector<std::uint64_t> seeds(seed % 13);
  for (std::size_t i = 0; i < seeds.size(); ++i)
    seeds[i] = seed * 7 + i;
  auto parts = co_await aside::race(
      seeds, [&](std::uint64_t s) ASIDE_WRAPPER { return branch(b, s, depth); });
  co_return static_cast<int>(parts.size());
}
task<int> some_scope(book b, std::uint64_t seed, int depth) {
  co_return co_await aside::scope([&](nursery& n) -> task<int> {
    const auto child = [](book mine, std::uint64_t s, int d) -> task<> {
      co_await branch(mine, s, d);
    };
    n.spawn(child, b, seed + 1, depth);
    n.spawn_local(child, b, seed + 2, depth);
    if (seed % 5 == 0) n.request_stop();
    co_return co_await branch(b, seed + 3, depth);
  });
}

task<int> branch(book b, std::uint64_t seed, int depth) {
  dice random(seed);
  const counted here(b);
  if (depth == 0) co_return co_await some_leaf(random);
  const std::uint64_t next = seed * 31 + 1;
  switch (random(6)) {
    case 0:
      co_return co_await some_all(b, next, depth - 1);
    case 1:
      co_return co_await some_range(b, next, depth - 1);
    case 2:
      co_return co_await some_scope(b, next, depth - 1);
    case 3: {
      const auto limit = std::chrono::microseconds(random(3000));
      const auto in_time = co_await aside::timeout(limit, some_race(b, next, depth - 1));
      co_return in_time.value_or(0);
    }
    default:
      co_return co_await some_race(b, next, depth - 1);
  }
}

void forest(unsigned workers, std::uint64_t first_seed) {
  testing::internal::CaptureStderr();  // losers that fail are reported, by the thousand
  auto b = std::make_shared<tally>();
  run_on(
      workers,
      [](book mine, std::uint64_t first) -> task<> {
        const int count = rounds(1000);
        for (int i = 0; i < count; ++i) {
          const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
          try {
            const auto limit = std::chrono::microseconds(500 + seed % 4000);
            const auto out = co_await aside::timeout(limit, branch(mine, seed, 4));
            static_cast<void>(out);
          } catch (const std::runtime_error&) {
          }
          if (mine->live != 0) {
            ADD_FAILURE() << mine->live << " objects left by seed " << seed;
            co_return;
          }
        }
      },
      b, first_seed);
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(b->live, 0);
}

TEST(stress_races, balance_on_one_core) { forest(1, 11); }
TEST(stress_races, balance_on_two_cores) { forest(2, 1'000'011); }
TEST(stress_races, balance_on_four_cores) { forest(4, 2'000'011); }

/// Signals are set as often as they are waited for; a race between the wait and a timer must lose none.
TEST(stress_races, lose_no_signal_to_a_timer) {
  run_on(2, []() -> task<> {
    const int count = rounds(3000);
    aside::event tokens;
    aside::event taken;
    int got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](aside::event& give, aside::event& was_taken, int times) -> task<> {
            for (int i = 0; i < times; ++i) {
              if (i % 3 == 0) co_await aside::sleep_for(std::chrono::microseconds(900));
              give.set();
              co_await was_taken.wait();
            }
          },
          std::ref(tokens), std::ref(taken), count);
      while (got < count) {
        auto [token, late] =
            co_await aside::race(tokens.wait(), aside::sleep_for(std::chrono::microseconds(1)));
        EXPECT_TRUE(token || late);
        if (token) {
          ++got;
          taken.set();
        }
      }
    });
    EXPECT_EQ(got, count);
  });
}

/// A stop from another core meets the task while its branches are woken, armed and run.
TEST(stress_races, end_when_another_core_stops_them) {
  run_on(2, []() -> task<> {
    auto b = std::make_shared<tally>();
    for (int i = 0; i < rounds(3000); ++i) {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(
            [](book mine, int yields) -> task<> {
              const auto waits = [](book theirs) -> task<> {
                const counted here(theirs);
                co_await wait_for_ever();
              };
              const auto yields_for_ever = [](book theirs, int times) -> task<> {
                const counted here(theirs);
                for (int k = 0; k < times; ++k)
                  co_await aside::yield();
                co_await wait_for_ever();
              };
              co_await aside::all(waits(mine), yields_for_ever(mine, yields),
                                  aside::all(waits(mine), yields_for_ever(mine, 2 * yields)));
            },
            b, i % 9);
        for (int k = 0; k < i % 7; ++k)
          co_await aside::yield();
        n.request_stop();
      });
      EXPECT_EQ(b->live, 0);
    }
  });
}

/// Timers of branches that fire on one core while the task runs on another.
TEST(stress_races, end_when_a_timeout_of_one_branch_fires_while_another_runs) {
  run_on(2, []() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      for (int i = 0; i < 8; ++i) {
        n.spawn([]() -> task<> {
          for (int k = 0; k < rounds(60); ++k) {
            bool over = false;
            const auto busy = [&]() -> task<> {
              while (!over)
                co_await aside::yield();
            };
            const auto short_wait = [&]() -> task<> {
              const auto out =
                  co_await aside::timeout(std::chrono::microseconds(50), wait_for_ever());
              EXPECT_FALSE(out.has_value());
              over = true;
            };
            co_await aside::all(busy(), short_wait());
          }
        });
      }
      co_return;
    });
  });
}

}  // namespace
