#include "unit/job_test.hpp"

#include <aside/compute.hpp>
#include <aside/stop_token.hpp>

#include <pthread.h>
#include <string_view>
#include <thread>

namespace {

using aside::compute;
using aside::nursery;
using aside::task;
using namespace aside_test;

using counter = std::shared_ptr<std::atomic<int>>;

/// Holds each CPU that compute may use, in tasks of their own, until `g` is opened.
void hold_all(nursery& n, const gate& g) {
  for (unsigned i = 0; i < aside::info().compute_cpus; ++i)
    n.spawn([](gate mine) -> task<> { co_await compute(&barrier::pass, mine); }, g);
}

task<> until_waiting(gate g, int n) {
  while (g->waiting() != n)
    co_await aside::yield();
}

int cpus() { return static_cast<int>(aside::info().compute_cpus); }

TEST(compute, gives_what_the_function_returns_from_another_thread) {
  run_in([]() -> task<> {
    const std::thread::id here = std::this_thread::get_id();
    const std::thread::id there = co_await compute(&std::this_thread::get_id);
    EXPECT_NE(here, there);
    const std::string text = co_await compute(
        [](std::string a, int n) { return a + std::to_string(n); }, std::string("number "), 5);
    EXPECT_EQ(text, "number 5");
    auto n = std::make_shared<int>(1);
    co_await compute([](std::shared_ptr<int> p) { *p = 7; }, n);
    EXPECT_EQ(*n, 7);
    EXPECT_EQ(n.use_count(), 1) << "the arguments have gone";
    const std::unique_ptr<int> owned =
        co_await compute([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(3));
    EXPECT_EQ(*owned, 3);
  });
}

TEST(compute, rethrows_what_the_function_threw) {
  run_in([]() -> task<> {
    std::string caught;
    try {
      static_cast<void>(co_await compute([]() -> int { throw std::runtime_error("from below"); }));
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "from below");
  });
}

TEST(compute, runs_as_many_at_once_as_there_are_cpus_and_holds_no_core) {
  run_on(1, []() -> task<> {
    EXPECT_GE(cpus(), 1);
    EXPECT_LE(cpus(), static_cast<int>(std::thread::hardware_concurrency()));
    auto g = std::make_shared<barrier>();
    auto done = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](nursery& n) -> task<> {
      hold_all(n, g);
      co_await until_waiting(g, cpus());
      n.spawn([](counter d) -> task<> { co_await compute([](counter c) { ++*c; }, d); }, done);
      while (aside::info().compute_queued != 1)
        co_await aside::yield();
      const auto before = aside::info();
      while (aside::info().compute_oldest_ns <= before.compute_oldest_ns)
        co_await aside::yield();
      EXPECT_EQ(*done, 0) << "no CPU is left";
      g->open();
    });
    EXPECT_EQ(*done, 1);
    EXPECT_EQ(aside::info().compute_queued, 0u);
  });
}

TEST(compute, does_not_wait_for_blocking) {
  const int code = aside::run(quiet(1).blocking_threads(1), []() -> task<> {
    auto g = std::make_shared<barrier>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn([](gate mine) -> task<> { co_await aside::blocking(&barrier::pass, mine); }, g);
      co_await until_waiting(g, 1);
      const int one = co_await compute([] { return 1; });
      EXPECT_EQ(one, 1);
      g->open();
    });
  });
  EXPECT_EQ(code, 0);
}

TEST(compute, refuses_beyond_its_queue) {
  const int code = aside::run(quiet(2).compute_queue(1), []() -> task<> {
    auto g = std::make_shared<barrier>();
    std::error_code refused;
    std::string text;
    co_await aside::scope([&](nursery& n) -> task<> {
      hold_all(n, g);
      co_await until_waiting(g, cpus());
      n.spawn([]() -> task<> { co_await compute([] {}); });
      while (aside::info().compute_queued != 1)
        co_await aside::yield();
      try {
        co_await compute([] {});
      } catch (const std::system_error& e) {
        refused = e.code();
        text = e.what();
      }
      g->open();
    });
    EXPECT_EQ(refused, aside::errc::overloaded);
    EXPECT_EQ(text.substr(0, 7), "compute") << text;
  });
  EXPECT_EQ(code, 0);
}

// A CPU's place for each, and they wait for calls that need one: with as many as CPUs, for ever.

TEST(compute_death, block_on_in_its_function_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto inner = std::make_shared<aside::runtime>(quiet(1));
                        co_await compute(
                            [](std::shared_ptr<aside::runtime> rt) {
                              rt->block_on([]() -> task<> { co_await compute([] {}); });
                            },
                            inner);
                      }),
               "block_on was called in a function of compute.*\n.*compute_test.cpp");
}

TEST(compute_death, run_in_its_function_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        co_await compute([] {
                          run_on(1, []() -> task<> { co_await compute([] {}); });
                        });
                      }),
               "run was called in a function of compute.*\n.*run_test.hpp");
}

// The cancellation matrix: a stop before the call, while it is queued, runs, and completes.

TEST(compute, that_is_stopped_before_it_begins_does_not_run) {
  auto book = std::make_shared<tally>();
  auto ran = std::make_shared<std::atomic<int>>(0);
  run_in(
      [](std::shared_ptr<tally> b, counter n) -> task<> {
        auto g = std::make_shared<barrier>();
        co_await aside::scope([&](nursery& holding) -> task<> {
          hold_all(holding, g);
          co_await until_waiting(g, cpus());
          for (const bool before : {true, false}) {
            co_await aside::scope([&](nursery& children) -> task<> {
              if (before) children.request_stop();
              children.spawn(
                  [](std::shared_ptr<tally> mine, counter count) -> task<> {
                    co_await compute([](counted, counter c) { ++*c; }, counted(mine), count);
                    ADD_FAILURE() << "it was stopped";
                  },
                  b, n);
              while (!before && aside::info().compute_queued != 1)
                co_await aside::yield();
              children.request_stop();
            });
          }
          g->open();
        });
        while (aside::info().compute_queued != 0)
          co_await aside::yield();
        EXPECT_EQ(aside::info().compute_abandoned, 0u);
      },
      book, ran);
  EXPECT_EQ(*ran, 0);
  EXPECT_EQ(book->live, 0);
}

TEST(compute, that_is_stopped_while_it_runs_is_abandoned_and_counted) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        co_await stop_a_running_call<decltype(aside::compute)>(
            b, &aside::runtime_info::compute_abandoned);
      },
      book);
}

TEST(compute, that_races_with_a_stop_leaves_nothing) {
  auto book = std::make_shared<tally>();
  run_in(&race_calls_with_a_stop<decltype(aside::compute)>, book);
  EXPECT_EQ(book->live, 0);
}

TEST(compute, that_looks_at_a_stop_token_ends_early) {
  run_in([]() -> task<> {
    auto begun = std::make_shared<std::atomic<int>>(0);
    auto ended = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](counter b, counter e) -> task<> {
            auto crunch = [](std::stop_token asked, counter b2, counter e2) {
              for (++*b2; !asked.stop_requested();)
                std::this_thread::yield();
              ++*e2;
            };
            auto call = [&](std::stop_token asked) -> task<> {
              co_await compute(crunch, asked, b, e);
            };
            co_await aside::with_stop_token(call);
          },
          begun, ended);
      while (*begun == 0)
        co_await aside::yield();
      n.request_stop();
    });
    while (*ended == 0)
      co_await aside::yield();
  });
}

TEST(compute, that_never_returns_is_named_when_the_runtime_ends) {
  auto g = std::make_shared<barrier>();
  testing::internal::CaptureStderr();
  const int line = __LINE__ + 4;
  run_on(
      1,
      [](gate mine) -> task<> {
        aside::spawn([](gate m) -> task<> { co_await compute(&barrier::pass, m); }, mine);
        while (mine->waiting() != 1)
          co_await aside::yield();
      },
      g);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("an abandoned call of compute"), std::string::npos) << said;
  EXPECT_NE(said.find("compute_test.cpp:" + std::to_string(line)), std::string::npos) << said;
  g->open();
  g->await(0);
}

}  // namespace
