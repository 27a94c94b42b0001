#include "unit/job_test.hpp"

#include <chrono>
#include <thread>

namespace {

using aside::blocking;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

TEST(blocking, gives_what_the_function_returns_from_another_thread) {
  run_in([]() -> task<> {
    const std::thread::id here = std::this_thread::get_id();
    const std::thread::id there = co_await blocking(&std::this_thread::get_id);
    EXPECT_NE(here, there);
    const std::string text = co_await blocking(
        [](std::string a, int n) { return a + std::to_string(n); }, std::string("number "), 5);
    EXPECT_EQ(text, "number 5");
    auto n = std::make_shared<int>(1);
    co_await blocking([](std::shared_ptr<int> p) { *p = 7; }, n);
    EXPECT_EQ(*n, 7);
    EXPECT_EQ(n.use_count(), 1) << "the arguments have gone";
    const std::unique_ptr<int> owned =
        co_await blocking([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(3));
    EXPECT_EQ(*owned, 3);
  });
}

TEST(blocking, rethrows_what_the_function_threw) {
  run_in([]() -> task<> {
    std::string caught;
    try {
      static_cast<void>(co_await blocking([]() -> int { throw std::runtime_error("from below"); }));
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "from below");
  });
}

TEST(blocking, holds_no_core_and_runs_many_at_once) {
  run_on(1, []() -> task<> {
    auto g = std::make_shared<barrier>();
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 20; ++i)
        n.spawn([](gate mine) -> task<> { co_await blocking(&barrier::pass, mine); }, g);
      while (g->waiting() != 20)
        co_await aside::yield();
      EXPECT_EQ(aside::info().blocking_threads, 20u);
      g->open();
    });
  });
}

TEST(blocking, queues_beyond_its_threads_and_refuses_beyond_its_queue) {
  const int code = aside::run(quiet(1).blocking_threads(2).blocking_queue(3), []() -> task<> {
    auto g = std::make_shared<barrier>();
    auto done = std::make_shared<std::atomic<int>>(0);
    std::error_code refused;
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 5; ++i)
        n.spawn(
            [](gate mine, std::shared_ptr<std::atomic<int>> d) -> task<> {
              co_await blocking(&barrier::pass, mine);
              ++*d;
            },
            g, done);
      while (aside::info().blocking_queued != 3)
        co_await aside::yield();
      const auto before = aside::info();
      EXPECT_EQ(before.blocking_threads, 2u);
      while (aside::info().blocking_oldest_ns <= before.blocking_oldest_ns)
        co_await aside::yield();
      try {
        co_await blocking(&barrier::pass, g);
      } catch (const std::system_error& e) {
        refused = e.code();
      }
      g->open();
    });
    EXPECT_EQ(refused, aside::errc::overloaded);
    EXPECT_EQ(*done, 5);
    EXPECT_EQ(aside::info().blocking_queued, 0u);
  });
  EXPECT_EQ(code, 0);
}

TEST(blocking, without_a_queue_takes_one_call_after_the_other) {
  const int code = aside::run(quiet(1).blocking_threads(1).blocking_queue(0), []() -> task<> {
    int sum = 0;
    for (int i = 0; i < scaled(10'000); ++i)
      sum += co_await blocking([] { return 1; });
    EXPECT_EQ(sum, scaled(10'000));
  });
  EXPECT_EQ(code, 0) << "a call was refused though the only thread had done with the one before";
}

TEST(blocking, without_a_queue_refuses_what_finds_no_thread) {
  const int code = aside::run(quiet(1).blocking_threads(1).blocking_queue(0), []() -> task<> {
    auto g = std::make_shared<barrier>();
    std::error_code refused;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn([](gate mine) -> task<> { co_await blocking(&barrier::pass, mine); }, g);
      while (g->waiting() != 1)
        co_await aside::yield();
      try {
        co_await blocking(&barrier::pass, g);
      } catch (const std::system_error& e) {
        refused = e.code();
      }
      g->open();
    });
    EXPECT_EQ(refused, aside::errc::overloaded);
  });
  EXPECT_EQ(code, 0);
}

TEST(blocking, of_no_threads_is_refused_when_the_runtime_starts) {
  std::string text;
  try {
    aside::run(quiet(1).blocking_threads(0), []() -> task<> { co_return; });
  } catch (const std::invalid_argument& e) {
    text = e.what();
  }
  EXPECT_EQ(text, "aside: options::blocking_threads(0): blocking needs a thread");
}

TEST(blocking, that_is_stopped_before_it_begins_does_not_run) {
  auto book = std::make_shared<tally>();
  auto ran = std::make_shared<std::atomic<int>>(0);
  const int code = aside::run(
      quiet(2).blocking_threads(1),
      [](std::shared_ptr<tally> b, std::shared_ptr<std::atomic<int>> n) -> task<> {
        auto g = std::make_shared<barrier>();
        co_await aside::scope([&](nursery& holding) -> task<> {
          holding.spawn([](gate mine) -> task<> { co_await blocking(&barrier::pass, mine); }, g);
          while (g->waiting() != 1)
            co_await aside::yield();
          for (const bool before : {true, false}) {
            co_await aside::scope([&](nursery& children) -> task<> {
              if (before) children.request_stop();
              children.spawn(
                  [](std::shared_ptr<tally> mine,
                     std::shared_ptr<std::atomic<int>> count) -> task<> {
                    co_await blocking([](counted, std::shared_ptr<std::atomic<int>> c) { ++*c; },
                                      counted(mine), count);
                  },
                  b, n);
              while (!before && aside::info().blocking_queued != 1)
                co_await aside::yield();
              children.request_stop();
            });
          }
          g->open();
        });
        while (aside::info().blocking_queued != 0)
          co_await aside::yield();
        EXPECT_EQ(aside::info().blocking_abandoned, 0u);
      },
      book, ran);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(*ran, 0);
  EXPECT_EQ(book->live, 0);
}

TEST(blocking, that_is_stopped_while_it_runs_is_abandoned_and_counted) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        co_await stop_a_running_call<decltype(aside::blocking)>(
            b, &aside::runtime_info::blocking_abandoned);
      },
      book);
}

TEST(blocking, is_a_branch_of_race_and_all) {
  run_in([]() -> task<> {
    auto [text, late] = co_await aside::race(
        blocking([](std::string s) { return s + "!"; }, std::string("in time")),
        aside::sleep_for(1h));
    EXPECT_EQ(text, "in time!");
    EXPECT_FALSE(late);
    auto [one, two] = co_await aside::all(blocking([] { return 1; }), blocking([] {}),
                                          blocking([](int n) { return n; }, 2));
    EXPECT_EQ(one + two, 3);
  });
}

TEST(blocking, that_loses_a_race_is_abandoned) {
  run_in([]() -> task<> {
    auto g = std::make_shared<barrier>();
    const auto is_held = [&]() -> task<> {
      while (g->waiting() != 1)
        co_await aside::yield();
    };
    auto [returned, held] = co_await aside::race(blocking(&barrier::pass, g), is_held());
    EXPECT_FALSE(returned);
    EXPECT_TRUE(held);
    EXPECT_EQ(aside::info().blocking_abandoned, 1u);
    g->open();
  });
}

TEST(blocking, that_races_with_a_stop_leaves_nothing) {
  auto book = std::make_shared<tally>();
  run_in(&race_calls_with_a_stop<decltype(aside::blocking)>, book);
  EXPECT_EQ(book->live, 0);
}

TEST(blocking, that_never_returns_is_named_when_the_runtime_ends) {
  auto g = std::make_shared<barrier>();
  testing::internal::CaptureStderr();
  const int line = __LINE__ + 4;
  run_on(
      1,
      [](gate mine) -> task<> {
        aside::spawn([](gate m) -> task<> { co_await blocking(&barrier::pass, m); }, mine);
        while (mine->waiting() != 1)
          co_await aside::yield();
      },
      g);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("abandoned"), std::string::npos) << said;
  EXPECT_NE(said.find("blocking_test.cpp:" + std::to_string(line)), std::string::npos) << said;
  g->open();
  g->await(0);
}

}  // namespace
