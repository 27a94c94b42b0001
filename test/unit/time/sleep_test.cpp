#include "task/host.hpp"
#include "unit/run_test.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

namespace {

using aside::nursery;
using aside::sleep_for;
using aside::sleep_until;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(sleep, is_never_shorter_than_asked) {
  run_in([]() -> task<> {
    for (const auto d : {0us, 1us, 999us, 1000us, 1049us, 3500us}) {
      const auto begin = clock::now();
      co_await sleep_for(d);
      EXPECT_GE(clock::now() - begin, d);
    }
  });
}

TEST(sleep, of_a_negative_or_past_time_comes_back) {
  run_in([]() -> task<> {
    co_await sleep_for(-1h);
    co_await sleep_for(std::chrono::hours::min());
    co_await sleep_until(clock::now() - 1h);
    co_await sleep_until(clock::time_point::min());
    co_await sleep_until(clock::time_point());
  });
}

TEST(sleep, takes_every_unit_of_time) {
  using years = std::chrono::duration<int, std::ratio<31'556'952>>;
  using whole_hours = std::chrono::time_point<clock, std::chrono::hours>;
  using seconds_of_double = std::chrono::time_point<clock, std::chrono::duration<double>>;
  constexpr clock::time_point end = clock::time_point::max();
  EXPECT_EQ(sleep_for(std::chrono::hours::max()).deadline_, end);
  EXPECT_EQ(sleep_for(std::chrono::microseconds::max()).deadline_, end);
  EXPECT_EQ(sleep_for(years::max()).deadline_, end);
  EXPECT_EQ(sleep_for(std::chrono::duration<float, std::ratio<3600>>::max()).deadline_, end);
  EXPECT_EQ(sleep_for(std::chrono::duration<double>(1e300)).deadline_, end);
  EXPECT_EQ(sleep_until(whole_hours::max()).deadline_, end);
  EXPECT_EQ(sleep_until(seconds_of_double::max()).deadline_, end);
  // What is left of the clock is about 292 years, and what comes close to that has to fit as well.
  const auto left = std::chrono::duration<float>(end - clock::now());
  EXPECT_GT(sleep_for(left).deadline_, clock::now() + 1h);
  EXPECT_GT(sleep_for(std::nextafter(left.count(), 0.0F) * 1s).deadline_, clock::now() + 1h);

  const clock::time_point soon = clock::now() + 1h;
  EXPECT_LE(sleep_for(std::chrono::hours::min()).deadline_, soon);
  EXPECT_LE(sleep_for(years::min()).deadline_, soon);
  EXPECT_LE(sleep_for(std::chrono::duration<double>(-1e300)).deadline_, soon);
  EXPECT_LE(sleep_for(std::chrono::duration<double>(std::nan(""))).deadline_, soon);
  EXPECT_LE(sleep_until(whole_hours::min()).deadline_, soon);
  EXPECT_LE(sleep_until(seconds_of_double::min()).deadline_, soon);
  EXPECT_EQ(sleep_until(seconds_of_double(1.5s)).deadline_, clock::time_point(1500ms));
  EXPECT_EQ(sleep_until(clock::time_point(3ns)).deadline_, clock::time_point(3ns));
}

TEST(sleep, until_the_end_of_time_waits_and_can_be_stopped) {
  run_in([]() -> task<> {
    const auto a = co_await aside::timeout(
        3ms, []() -> task<> { co_await sleep_until(clock::time_point::max()); }());
    const auto b = co_await aside::timeout(
        3ms, []() -> task<> { co_await sleep_for(std::chrono::hours::max()); }());
    const auto c = co_await aside::timeout(3ms, []() -> task<> {
      co_await sleep_for(std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
    }());
    EXPECT_FALSE(a.has_value());
    EXPECT_FALSE(b.has_value());
    EXPECT_FALSE(c.has_value());
  });
}

TEST(sleep, ends_in_the_order_of_the_times) {
  run_on(1, []() -> task<> {
    std::vector<int> order;
    co_await aside::scope([&](nursery& n) -> task<> {
      const auto base = clock::now() + 5ms;
      for (const int k : {7, 2, 9, 4, 0, 1, 8, 3, 6, 5})
        n.spawn_local([&order, base, k]() -> task<> {
          co_await sleep_until(base + k * 3ms);
          order.push_back(k);
        });
      co_return;
    });
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  });
}

task<> sleep_and_count(int us, std::shared_ptr<std::atomic<int>> done) {
  co_await sleep_for(std::chrono::microseconds(us));
  ++*done;
}

TEST(sleep, of_a_hundred_thousand_tasks_ends_for_all) {
  run_in([]() -> task<> {
    auto done = std::make_shared<std::atomic<int>>(0);
    const int count = scaled(100'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < count; ++i)
        n.spawn(&sleep_and_count, (i * 7919) % 150'000, done);
      co_return;
    });
    EXPECT_EQ(*done, count);
  });
}

TEST(sleep, of_many_tasks_is_stopped_at_once_on_every_core) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto begin = clock::now();
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < scaled(20'000); ++i)
        n.spawn([](counted, int h) -> task<> { co_await sleep_for(std::chrono::hours(h)); },
                counted(book), 1 + i % 1000);
      for (int i = 0; i < 100; ++i)
        co_await aside::yield();
      n.request_stop();
    });
    EXPECT_EQ(book->live, 0);
    EXPECT_LT(clock::now() - begin, 30s);
  });
}

TEST(sleep, is_stopped_while_it_ends_by_itself) {
  run_in([]() -> task<> {
    for (int i = 0; i < 30; ++i) {
      auto book = std::make_shared<tally>();
      co_await aside::scope([&](nursery& n) -> task<> {
        for (int k = 0; k < 200; ++k)
          n.spawn(
              [](counted, int us) -> task<> { co_await sleep_for(std::chrono::microseconds(us)); },
              counted(book), 500 + k * 10);
        co_await sleep_for(1ms);
        n.request_stop();
      });
      EXPECT_EQ(book->live, 0);
    }
  });
}

// The budget, of the reference compiler with optimisation: header, argument and frame with promise and leaf.
#if defined(__clang__) && defined(NDEBUG) && !defined(ASIDE_ASAN) && !defined(ASIDE_TSAN)
std::atomic<std::size_t> block_bytes{0};

task<> sleeps(std::chrono::milliseconds time) {
  const aside::detail::task_header& me = *aside::detail::this_turn();
  block_bytes = me.what().block_size + me.room_;
  co_await sleep_for(time);
}

TEST(sleep, of_a_task_takes_192_bytes_beside_its_timer) {
  run_on(1, []() -> task<> {
    for (int i = 0; i < 2; ++i) {  // the first of a kind has its frame apart
      co_await aside::scope([](aside::nursery& n) -> task<> {
        n.spawn(&sleeps, 1ms);
        co_return;
      });
    }
    EXPECT_GT(block_bytes, sizeof(aside::detail::task_header) + sizeof(aside::detail::sleep_op));
    EXPECT_LE(block_bytes, 192u);
  });
}
#endif

// The timer is never there between two turns, when the core looks whether one is due.
TEST(sleep, comes_although_it_loses_every_race_in_the_turn_that_began_it) {
  run_in([]() -> task<> {
    const auto at_once = []() -> task<> { co_return; };
    const auto due = std::chrono::steady_clock::now() + 5ms;
    bool woken = false;
    while (!woken && std::chrono::steady_clock::now() < due + 10s) {
      const auto [slept, other] = co_await aside::race(aside::sleep_until(due), at_once());
      static_cast<void>(other);
      woken = slept;
    }
    EXPECT_TRUE(woken);
    EXPECT_GE(std::chrono::steady_clock::now(), due);
  });
}

TEST(yield, lets_the_others_run_first) {
  run_on(1, []() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      for (const char c : {'a', 'b', 'c'})
        n.spawn_local([&log, c]() -> task<> {
          for (int i = 0; i < 3; ++i) {
            log += c;
            co_await aside::yield();
          }
        });
      co_return;
    });
    EXPECT_EQ(log, "abcabcabc");
  });
}

TEST(a_turn, ends_after_128_waits_that_were_ready) {
  run_on(1, []() -> task<> {
    int turns_of_other = 0;
    bool over = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        while (!over) {
          ++turns_of_other;
          co_await aside::yield();
        }
      });
      n.spawn_local([&]() -> task<> {
        aside::event e;
        for (int i = 0; i < 128 * 20; ++i) {
          e.set();
          co_await e.wait();
        }
        over = true;
      });
      co_return;
    });
    EXPECT_GE(turns_of_other, 19);
  });
}

}  // namespace
