#include "unit/run_test.hpp"

#include <chrono>
#include <vector>

namespace {

using aside::interval;
using aside::missed_ticks;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST(interval, ticks_at_its_times_and_not_before) {
  run_in([]() -> task<> {
    const auto start = steady_clock::now();
    interval every(2ms);
    for (int i = 1; i <= 10; ++i) {
      co_await every.tick();
      EXPECT_GE(steady_clock::now() - start, i * 2ms);
    }
  });
}

/// The times of the next ticks, each of which comes at once.
std::vector<steady_clock::time_point> ask(interval& every, int count) {
  std::vector<steady_clock::time_point> due;
  for (int i = 0; i < count; ++i) {
    auto tick = every.tick();
    due.push_back(tick.deadline_);
    tick.await_resume();
  }
  return due;
}
steady_clock::time_point next_of(interval& every) { return every.tick().deadline_; }
void let_pass(steady_clock::duration how_long) {
  const auto until = steady_clock::now() + how_long;
  while (steady_clock::now() < until) {
  }
}

TEST(interval, of_a_period_beyond_the_clocks_end_never_comes) {
  for (const auto policy : {missed_ticks::burst, missed_ticks::delay, missed_ticks::skip}) {
    interval nanoseconds(std::chrono::nanoseconds::max(), policy);
    interval hours(std::chrono::hours::max(), policy);
    for (const steady_clock::time_point due : ask(nanoseconds, 3))
      EXPECT_EQ(due, steady_clock::time_point::max());
    interval doubles(std::chrono::duration<double>(1e300), policy);
    for (const steady_clock::time_point due : ask(hours, 3))
      EXPECT_EQ(due, steady_clock::time_point::max());
    for (const steady_clock::time_point due : ask(doubles, 3))
      EXPECT_EQ(due, steady_clock::time_point::max());
  }
}

TEST(interval, of_no_period_ticks_at_once) {
  for (const auto policy : {missed_ticks::burst, missed_ticks::delay, missed_ticks::skip}) {
    interval hours(std::chrono::hours::min(), policy);
    interval doubles(std::chrono::duration<double>(-1e300), policy);
    for (interval* const every : {&hours, &doubles})
      for (const steady_clock::time_point due : ask(*every, 3))
        EXPECT_LE(due, steady_clock::now() + 1us);
  }
}

TEST(interval, makes_up_for_every_missed_tick_in_a_burst) {
  interval every(1ms);
  let_pass(10ms);
  const auto now = steady_clock::now();
  const auto due = ask(every, 12);
  EXPECT_LE(due[9], now);
  for (std::size_t i = 1; i < due.size(); ++i)
    EXPECT_EQ(due[i] - due[i - 1], 1ms);
}

TEST(interval, that_makes_up_for_missed_ticks_waits_for_none_of_them) {
  run_on(1, []() -> task<> {
    interval every(2ms);
    let_pass(100ms);
    co_await every.tick();  // the core looks at the clock
    const std::uint64_t turns = aside::info().turns;
    for (int i = 0; i < 40; ++i)
      co_await every.tick();
    EXPECT_EQ(aside::info().turns, turns);
  });
}

TEST(interval, waits_a_whole_period_after_a_late_tick_when_it_delays) {
  interval every(1ms, missed_ticks::delay);
  let_pass(10ms);
  const auto now = steady_clock::now();
  const auto due = ask(every, 2);
  EXPECT_LE(due[0], now);
  EXPECT_GE(due[1], now + 1ms);
}

TEST(interval, keeps_its_grid_when_it_skips) {
  interval every(1ms, missed_ticks::skip);
  let_pass(10ms);
  const auto before = steady_clock::now();
  const auto due = ask(every, 2);
  const auto after = steady_clock::now();
  EXPECT_LE(due[0], before);
  EXPECT_GT(due[1], before);
  EXPECT_LE(due[1], after + 1ms);
  EXPECT_EQ((due[1] - due[0]) % 1ms, 0ms);
}

constexpr missed_ticks all_policies[] = {missed_ticks::burst, missed_ticks::delay,
                                          missed_ticks::skip};

TEST(interval, keeps_a_tick_that_nobody_has_waited_for_to_its_end) {
  for (const missed_ticks m : all_policies) {
    interval every(1h, m);
    const auto due = next_of(every);
    for (int i = 0; i < 10; ++i)
      EXPECT_EQ(next_of(every), due);
    EXPECT_EQ(ask(every, 1).front(), due);
    EXPECT_EQ(next_of(every), due + 1h);
  }
}

task<> at_once() { co_return; }
task<> soon() { co_await aside::sleep_for(1ms); }
task<> in_the_next_turn() { co_await aside::yield(); }

/// A heart that beats while the task does something else, which is always faster.
task<> beats(task<> (*faster)(), missed_ticks m) {
  constexpr auto period = 8ms;
  constexpr int wanted = 5;
  const auto long_over = steady_clock::now() + 10s;
  interval every(period, m);
  const auto first = next_of(every);
  auto due = first;
  int others = 0;
  for (int count = 0; count < wanted && steady_clock::now() < long_over;) {
    const auto [beat, other] = co_await aside::race(every.tick(), faster());
    others += other ? 1 : 0;
    if (!beat) continue;
    ++count;
    EXPECT_GE(steady_clock::now(), due);
    const auto next = next_of(every);
    EXPECT_GE(next, due + period);
    if (m == missed_ticks::burst) {
      EXPECT_EQ(next, due + period);
    }
    if (m != missed_ticks::delay) {
      EXPECT_EQ((next - first) % period, 0ms);
    }
    due = next;
  }
  EXPECT_GE(due, first + wanted * period) << "it lost every race";
  EXPECT_GT(others, 0);
}

TEST(interval, ticks_in_time_however_many_races_it_loses) {
  for (const missed_ticks m : all_policies) {
    run_in(&beats, &at_once, m);
    run_in(&beats, &soon, m);
    run_in(&beats, &in_the_next_turn, m);
  }
}

TEST(interval, ticks_after_a_timeout_has_stopped_its_wait) {
  run_in([]() -> task<> {
    interval every(8ms);
    const auto due = next_of(every);
    const auto wait = [](interval& e) -> task<> { co_await e.tick(); };
    const auto begin = steady_clock::now();
    int timeouts = 0;
    for (bool in_time = false; !in_time && steady_clock::now() < begin + 10s;) {
      const auto ended = co_await aside::timeout(1ms, wait(every));
      in_time = ended.has_value();
      timeouts += in_time ? 0 : 1;
    }
    EXPECT_GE(timeouts, 1);
    EXPECT_GE(steady_clock::now(), due);
    EXPECT_EQ(next_of(every), due + 8ms);
  });
}

TEST(interval, ticks_after_a_stop_that_was_caught) {
  run_in([]() -> task<> {
    interval every(1h);
    const auto due = next_of(every);
    co_await aside::scope([&](aside::nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const auto wait = [&]() -> task<> { co_await every.tick(); };
        const auto ended = co_await aside::try_stopped(wait());
        EXPECT_FALSE(ended.has_value());
      });
      co_await aside::yield();
      n.request_stop();
    });
    EXPECT_EQ(next_of(every), due);
  });
}

TEST(interval, that_is_asked_in_time_is_the_same_under_every_policy) {
  for (const missed_ticks m : {missed_ticks::burst, missed_ticks::delay, missed_ticks::skip}) {
    interval every(1h, m);
    const auto due = ask(every, 3);
    EXPECT_EQ(due[1] - due[0], 1h);
    EXPECT_EQ(due[2] - due[1], 1h);
  }
}

}  // namespace
