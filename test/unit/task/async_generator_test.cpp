#include <aside/async_generator.hpp>

#include <aside/dump.hpp>
#include <aside/finally.hpp>
#include <aside/race.hpp>
#include <aside/stop.hpp>

#include "unit/run_test.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace {

using aside::async_generator;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<async_generator<int>>);
static_assert(!std::is_move_assignable_v<async_generator<int>>);
static_assert(std::is_nothrow_move_constructible_v<async_generator<int>>);
static_assert(!aside::sendable<async_generator<int>>);
static_assert(!aside::shareable<async_generator<int>>);

async_generator<int> count_to(int last, bool wait) {
  for (int i = 1; i <= last; ++i) {
    if (wait) co_await aside::yield();
    co_yield i;
  }
}

TEST(async_generator, gives_its_values_in_order_and_then_nothing) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      auto numbers = count_to(4, wait);
      std::vector<int> seen;
      while (auto n = co_await numbers.next())
        seen.push_back(*n);
      EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4}));
      for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(co_await numbers.next());
      auto none = count_to(0, wait);
      EXPECT_FALSE(co_await none.next());
    }
  });
}

async_generator<std::string> mixed() {
  std::string kept = "kept";
  co_yield kept;
  kept += " still";
  co_yield std::move(kept);
  co_yield "literal";
  co_await aside::sleep_for(1ms);
  co_yield std::string(100, 'x');
}

TEST(async_generator, copies_what_it_keeps_and_moves_what_it_gives_up) {
  run_in([]() -> task<> {
    auto texts = mixed();
    std::vector<std::string> seen;
    while (auto text = co_await texts.next())
      seen.push_back(std::move(*text));
    const std::vector<std::string> wanted{"kept", "kept still", "literal", std::string(100, 'x')};
    EXPECT_EQ(seen, wanted);
  });
}

async_generator<std::unique_ptr<int>> boxes(int n, bool wait) {
  for (int i = 0; i < n; ++i) {
    if (wait) co_await aside::yield();
    co_yield std::make_unique<int>(i);
  }
}

TEST(async_generator, gives_what_can_only_be_moved) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      auto all = boxes(3, wait);
      int sum = 0;
      while (auto box = co_await all.next())
        sum += **box;
      EXPECT_EQ(sum, 3);
    }
  });
}

async_generator<counted> counted_values(std::shared_ptr<tally> t, int n, bool wait) {
  counted local(t);
  for (int i = 0; i < n; ++i) {
    if (wait) co_await aside::yield();
    co_yield counted(t);
  }
}

TEST(async_generator, destroys_every_value_once_however_far_it_got) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      for (const int taken : {0, 1, 2, 3, 4}) {
        auto book = std::make_shared<tally>();
        {
          auto values = counted_values(book, 3, wait);
          for (int i = 0; i < taken; ++i)
            static_cast<void>(co_await values.next());
          // The local, and what is left of the temporary that it gives.
          EXPECT_EQ(book->live, taken == 0 || taken == 4 ? 0 : 2) << taken;
        }
        EXPECT_EQ(book->live, 0);
        EXPECT_EQ(book->copies, 0);
        EXPECT_EQ(book.use_count(), 1);
      }
    }
  });
}

async_generator<int> fails_after(int n, bool wait) {
  for (int i = 0; i < n; ++i)
    co_yield i;
  if (wait) co_await aside::yield();
  throw std::runtime_error("inside");
}

TEST(async_generator, throws_through_next_once_and_is_over_then) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      auto numbers = fails_after(2, wait);
      int seen = 0;
      std::string what;
      try {
        while (co_await numbers.next())
          ++seen;
      } catch (const std::runtime_error& e) {
        what = e.what();
      }
      EXPECT_EQ(what, "inside");
      EXPECT_EQ(seen, 2);
      EXPECT_FALSE(co_await numbers.next());
    }
  });
}

TEST(async_generator, goes_on_after_an_exception_that_it_catches_itself) {
  run_in([]() -> task<> {
    const auto recovers = []() -> async_generator<int> {
      for (int i = 0; i < 3; ++i) {
        bool failed = false;
        try {
          if (i == 1) throw std::runtime_error("one");
          co_yield i;
        } catch (const std::runtime_error&) {
          failed = true;
        }
        if (failed) co_yield -1;
      }
    };
    auto numbers = recovers();
    std::vector<int> seen;
    while (auto n = co_await numbers.next())
      seen.push_back(*n);
    EXPECT_EQ(seen, (std::vector<int>{0, -1, 2}));
  });
}

async_generator<int> doubled(async_generator<int> from) {
  while (auto n = co_await from.next())
    co_yield *n * 2;
}

TEST(async_generator, is_handed_on_by_value_in_a_pipeline) {
  run_in([]() -> task<> {
    auto four_times = doubled(doubled(count_to(3, true)));
    std::vector<int> seen;
    while (auto n = co_await four_times.next())
      seen.push_back(*n);
    EXPECT_EQ(seen, (std::vector<int>{4, 8, 12}));
  });
}

async_generator<int> layered(int layers) {
  if (layers == 0) {
    co_await aside::yield();
    co_yield 1;
    co_yield 2;
    co_return;
  }
  auto below = layered(layers - 1);
  while (auto n = co_await below.next())
    co_yield *n + 1;
}

TEST(async_generator, works_through_more_layers_than_nest_on_a_stack) {
  run_in([]() -> task<> {
    for (const int layers : {62, 63, 64, 65, 1000}) {
      auto numbers = layered(layers);
      std::vector<int> seen;
      while (auto n = co_await numbers.next())
        seen.push_back(*n);
      EXPECT_EQ(seen, (std::vector<int>{1 + layers, 2 + layers}));
    }
  });
}

struct stack_range {
  std::uintptr_t low = UINTPTR_MAX;
  std::uintptr_t high = 0;
  [[gnu::noinline]] void note() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    low = std::min(low, here);
    high = std::max(high, here);
  }
};

async_generator<int> many(int n, stack_range& stack, int wait_every) {
  for (int i = 0; i < n; ++i) {
    stack.note();
    if (wait_every != 0 && i % wait_every == 0) co_await aside::yield();
    co_yield 1;
  }
}

TEST(async_generator, gives_ten_million_values_without_growing_the_stack) {
  run_on(1, []() -> task<> {
    const int items = 10'000'000;
    for (const int wait_every : {0, 1000}) {
      stack_range stack;
      auto values = many(items, stack, wait_every);
      std::int64_t sum = 0;
      while (auto v = co_await values.next())
        sum += *v;
      EXPECT_EQ(sum, items);
      EXPECT_LE(stack.high - stack.low, wait_every == 0 ? 0u : 4096u);
    }
  });
}

async_generator<int> guarded(std::string& log, bool wait) {
  mourned first(log, "first");
  mourned second(log, "second");
  co_yield 1;
  if (wait) co_await wait_for_ever();
  co_yield 2;
}

TEST(async_generator, that_is_destroyed_early_destroys_its_locals_right_there) {
  run_in([]() -> task<> {
    std::string log;
    {
      mourned before(log, "before");
      auto values = guarded(log, false);
      mourned after(log, "after");
      EXPECT_EQ(co_await values.next(), 1);
    }
    EXPECT_EQ(log, "after second first before ");
    log.clear();
    {
      auto values = guarded(log, false);
      static_cast<void>(values);
    }
    EXPECT_EQ(log, "");  // it has not begun
  });
}

TEST(async_generator, that_waits_when_a_stop_comes_is_unwound_before_its_consumer) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        mourned consumer(log, "consumer");
        auto values = guarded(log, true);
        mourned later(log, "later");
        while (co_await values.next())
          log += "value ";
        log += "too far ";
      });
      co_await aside::sleep_for(2ms);
      n.request_stop();
    });
    EXPECT_EQ(log, "value second! first! later! consumer! ");
  });
}

TEST(async_generator, that_has_given_a_value_is_destroyed_in_order_when_its_consumer_is_stopped) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        mourned consumer(log, "consumer");
        auto values = guarded(log, true);
        mourned later(log, "later");
        static_cast<void>(co_await values.next());
        co_await wait_for_ever();
      });
      co_await aside::sleep_for(2ms);
      n.request_stop();
    });
    EXPECT_EQ(log, "later! second! first! consumer! ");
  });
}

task<int> sum_of(async_generator<int>& values) {
  int sum = 0;
  while (auto v = co_await values.next())
    sum += *v;
  co_return sum;
}

TEST(async_generator, that_a_stop_has_ended_says_so_ever_after) {
  run_in([]() -> task<> {
    std::string log;
    auto values = guarded(log, true);
    const auto in_time = co_await aside::timeout(2ms, sum_of(values));
    EXPECT_FALSE(in_time);
    EXPECT_EQ(log, "second! first! ");
    for (int i = 0; i < 2; ++i) {
      std::error_code why;
      try {
        static_cast<void>(co_await values.next());
      } catch (const std::system_error& e) {
        why = e.code();
      }
      EXPECT_EQ(why, aside::errc::stopped);
    }
  });
}

TEST(async_generator, goes_on_after_a_timeout_in_which_it_did_not_wait) {
  run_in([]() -> task<> {
    const auto takes_two_and_sleeps = [](async_generator<int>& values) -> task<> {
      static_cast<void>(co_await values.next());
      static_cast<void>(co_await values.next());
      co_await aside::sleep_for(1h);
    };
    auto values = count_to(3, true);
    EXPECT_FALSE(co_await aside::timeout(5ms, takes_two_and_sleeps(values)));
    EXPECT_EQ(co_await values.next(), 3);
    EXPECT_FALSE(co_await values.next());
  });
}

TEST(async_generator, is_a_branch_of_a_race) {
  run_in([]() -> task<> {
    auto values = count_to(2, true);
    auto [value, late] = co_await aside::race(values.next(), aside::sleep_for(1h));
    EXPECT_TRUE(value);
    EXPECT_FALSE(late);
    EXPECT_EQ(value.value_or(std::nullopt), 1);
    std::string log;
    auto stuck = guarded(log, true);
    EXPECT_EQ(co_await stuck.next(), 1);
    auto [never, soon] = co_await aside::race(stuck.next(), aside::sleep_for(2ms));
    EXPECT_FALSE(never);
    EXPECT_TRUE(soon);
    EXPECT_EQ(log, "second! first! ");
    EXPECT_EQ(co_await values.next(), 2);
  });
}

TEST(async_generator, may_be_moved_while_its_next_is_under_way) {
  run_on(1, []() -> task<> {
    auto values = count_to(3, true);
    std::optional<async_generator<int>> home;
    const auto mover = [&]() -> task<> {
      home.emplace(std::move(values));
      co_return;
    };
    const auto asker = [&]() -> task<int> {
      const auto first = co_await values.next();
      co_return first.value_or(0);
    };
    const auto [asked] = co_await aside::all(asker(), mover());
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(co_await home->next(), 2);
    home.reset();
  });
}

TEST(async_generator, awaits_whatever_a_task_may) {
  run_in([]() -> task<> {
    const auto uses_all = []() -> async_generator<int> {
      auto [send, receive] = aside::oneshot<int>();
      aside::spawn(
          [](aside::oneshot_sender<int> s) -> task<> {
            s.set(1);
            co_return;
          },
          std::move(send));
      const int one = co_await receive;
      co_yield one;
      const auto sum = [](int n) -> task<int> {
        co_await aside::yield();
        co_return n;
      };
      const auto [two, three] = co_await aside::all(sum(2), sum(3));
      co_yield two;
      co_yield three;
      const auto in_time = co_await aside::timeout(1h, sum(4));
      co_yield in_time.value_or(0);
      std::atomic<int> five{0};
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          five = 5;
          co_return;
        });
        co_return;
      });
      co_yield five.load();
    };
    auto values = uses_all();
    std::vector<int> seen;
    while (auto v = co_await values.next())
      seen.push_back(*v);
    EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4, 5}));
  });
}

TEST(async_generator, goes_with_a_task_that_stays_on_the_core) {
  run_in([]() -> task<> {
    int sum = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      auto values = count_to(3, true);
      const int first = (co_await values.next()).value_or(0);
      sum += first;
      n.spawn_local([&sum](async_generator<int> rest) -> task<> { sum += co_await sum_of(rest); },
                    std::move(values));
    });
    EXPECT_EQ(sum, 6);
  });
}

constexpr int wait_line = __LINE__ + 1;
async_generator<int> waits(aside::event& e) { co_await e.wait(); }

TEST(async_generator, shows_its_awaits_in_a_dump) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  int next_line = 0;
  run_on(1, [&]() -> task<> {
    aside::event e;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        auto none = waits(e);
        next_line = __LINE__ + 1;
        EXPECT_FALSE(co_await none.next());
      });
      co_await aside::sleep_for(2ms);
      aside::dump_tasks(ends[1]);
      co_await aside::sleep_for(2ms);
      e.set();
    });
  });
  std::string text;
  while (!text.ends_with("\n")) {
    char room[4096];
    const ssize_t n = ::read(ends[0], room, sizeof room);
    ASSERT_GT(n, 0);
    text.append(room, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  ::close(ends[1]);
  const std::string file = "test/unit/task/async_generator_test.cpp:";
  const std::string chain = file + std::to_string(next_line) + " > " + file +
                            std::to_string(wait_line) + " > wait for an event";
  EXPECT_NE(text.find(chain), std::string::npos) << text << "\nwithout " << chain;
}

task<> asks_once(async_generator<int>& values) { static_cast<void>(co_await values.next()); }

TEST(async_generator_death, misused_says_what_is_wrong_and_where) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto values = count_to(2, true);
                        co_await aside::all(asks_once(values), asks_once(values));
                      }),
               "while another next\\(\\) of it is under way.*\n.*async_generator_test.cpp:");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto values = count_to(2, true);
                        auto taken = std::move(values);
                        co_await asks_once(values);
                        co_await asks_once(taken);
                      }),
               "that was moved from.*\n.*async_generator_test.cpp:");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        std::optional<async_generator<int>> values;
                        values.emplace(count_to(2, true));
                        const auto destroys = [&]() -> task<> {
                          values.reset();
                          co_return;
                        };
                        co_await aside::all(asks_once(*values), destroys());
                      }),
               "destroyed while its next\\(\\) is awaited.*\n.*async_generator_test.cpp:");
}

}  // namespace
