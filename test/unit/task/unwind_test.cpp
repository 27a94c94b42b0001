// What a stop does to the frames of a task.
#include "unit/run_test.hpp"

#include <chrono>

namespace {

using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<> innermost(std::string& log) {
  mourned first(log, "c1");
  mourned second(log, "c2");
  try {
    co_await wait_for_ever();
    log += "resumed ";
  } catch (...) {
    log += "catch ";
    throw;
  }
}
task<> middle(std::string& log) {
  mourned here(log, "b");
  try {
    co_await innermost(log);
  } catch (...) {
    log += "catch ";
  }
  log += "went on ";
}
task<> outermost(std::string& log) {
  mourned here(log, "a");
  co_await middle(log);
}

TEST(stopped_task, destroys_its_frames_innermost_first_and_runs_no_handler) {
  run_in([]() -> task<> {
    std::string log;
    const auto out = co_await aside::timeout(1ms, outermost(log));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(log, "c2! c1! b! a! ");
    EXPECT_FALSE(aside::stopping());
  });
}

TEST(stopped_task, destroys_temporaries_of_the_awaited_expression) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      const auto hold = [](const counted&, counted) -> task<> { co_await wait_for_ever(); };
      co_await hold(counted(book), counted(book));
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(book->live, 0);
  });
}

constexpr int deep = sanitized ? 20'000 : 100'000;

task<> descend(int depth, std::atomic<int>* dead) {
  struct at_end {
    std::atomic<int>* dead;
    explicit at_end(std::atomic<int>* d) : dead(d) {}
    at_end(const at_end&) = delete;
    ~at_end() { ++*dead; }
  } end(dead);
  if (depth == 0)
    co_await wait_for_ever();
  else
    co_await descend(depth - 1, dead);
}

TEST(stopped_task, unwinds_a_hundred_thousand_levels) {
  run_in([]() -> task<> {
    std::atomic<int> dead = 0;
    const auto out = co_await aside::timeout(5ms, descend(deep, &dead));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(dead, deep + 1);
  });
}

TEST(stopped_task, that_is_only_asked_later_runs_on_to_its_next_wait) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](aside::nursery& n) -> task<> {
      n.request_stop();
      log += "before ";
      mourned here(log, "body");
      co_await aside::yield();
      log += "after ";
    });
    EXPECT_EQ(log, "before body! ");
  });
}

TEST(stopped_task, may_spawn_in_a_destructor) {
  run_in([]() -> task<> {
    auto runs = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](aside::nursery& n) -> task<> {
      struct spawns {
        aside::nursery& n;
        std::shared_ptr<std::atomic<int>> runs;
        spawns(aside::nursery& m, std::shared_ptr<std::atomic<int>> r) : n(m), runs(std::move(r)) {}
        spawns(const spawns&) = delete;
        ~spawns() {
          EXPECT_TRUE(aside::stopping());
          n.spawn(
              [](std::shared_ptr<std::atomic<int>> r) -> task<> {
                ++*r;
                co_return;
              },
              runs);
        }
      } at_end(n, runs);
      n.request_stop();
      co_await wait_for_ever();
    });
    EXPECT_EQ(*runs, 1);
  });
}

TEST(stopping, is_false_while_nothing_stops_and_outside_of_tasks) {
  EXPECT_FALSE(aside::stopping());
  run_in([]() -> task<> {
    std::string log;
    {
      mourned here(log, "block");
    }
    co_await [&]() -> task<> {
      mourned here(log, "child");
      co_await aside::yield();
    }();
    try {
      co_await [&]() -> task<> {
        mourned here(log, "failed");
        co_await aside::yield();
        throw 1;
      }();
    } catch (int) {
      log += "caught";
    }
    EXPECT_EQ(log, "block child failed caught");
  });
}

}  // namespace
