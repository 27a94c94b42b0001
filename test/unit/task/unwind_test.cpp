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

constexpr int deep = 100'000;

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

class throws_at_end {
 public:
  explicit throws_at_end(const char* what) : what_(what) {}
  throws_at_end(const throws_at_end&) = delete;
  throws_at_end& operator=(const throws_at_end&) = delete;
  ~throws_at_end() noexcept(false) { throw std::runtime_error(what_); }

 private:
  const char* what_;
};

using tally_ptr = std::shared_ptr<tally>;

/// Stopped, it fails instead; its other locals are destroyed all the same.
task<int> fails_when_stopped(tally_ptr book) {
  const counted before(book);
  const throws_at_end thrower("by a destructor");
  const counted after(book);
  co_await wait_for_ever();
  co_return 1;
}
task<> without_a_value(tally_ptr book) {
  const counted here(book);
  static_cast<void>(co_await fails_when_stopped(book));
}

/// The frames are gone: the locals' instances, and the parameters' copies of the pointer.
void expect_nothing_left(const tally_ptr& book) {
  EXPECT_EQ(book->live, 0);
  EXPECT_EQ(book.use_count(), 1);
}

TEST(stopped_task, whose_destructor_throws_fails_with_that_for_whoever_awaits_it) {
  run_in([]() -> task<> {
    const auto book = std::make_shared<tally>();
    std::string said;
    try {
      const auto out = co_await aside::timeout(1ms, without_a_value(book));
      said = out.has_value() ? "a value" : "timed out";
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "by a destructor");
    EXPECT_FALSE(aside::stopping());
    expect_nothing_left(book);
  });
}

TEST(stopped_task, whose_destructor_throws_can_be_caught_outside_and_the_request_stands) {
  run_in([]() -> task<> {
    const auto book = std::make_shared<tally>();
    std::string log;
    const auto catches = [&]() -> task<> {
      mourned here(log, "frame");
      try {
        static_cast<void>(co_await fails_when_stopped(book));
      } catch (const std::runtime_error&) {
        log += "caught ";
      }
      co_await aside::yield();
      log += "too far ";
    };
    const auto out = co_await aside::timeout(1ms, catches());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(log, "caught frame! ");
    expect_nothing_left(book);
  });
}

TEST(stopped_task, whose_outermost_destructor_throws_fails_for_its_handle_and_its_scope) {
  run_in([]() -> task<> {
    const auto book = std::make_shared<tally>();
    std::string said;
    auto handle = aside::spawn_joinable(&fails_when_stopped, book);
    while (book->live == 0)
      co_await aside::yield();
    handle.request_stop();
    try {
      static_cast<void>(co_await handle.join());
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "by a destructor");
    expect_nothing_left(book);

    const auto outermost = [](tally_ptr b) -> task<> {
      const throws_at_end thrower("of a child");
      const counted here(b);
      co_await wait_for_ever();
    };
    said.clear();
    try {
      co_await aside::scope([&](aside::nursery& n) -> task<> {
        n.spawn(outermost, book);
        while (book->live == 0)
          co_await aside::yield();
        n.request_stop();
      });
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "of a child");
    expect_nothing_left(book);
  });
}

TEST(stopped_task, of_the_runtime_that_ends_is_reported_when_its_destructor_throws) {
  const auto book = std::make_shared<tally>();
  testing::internal::CaptureStderr();
  run_in([&]() -> task<> {
    const int before = book->live;
    aside::spawn(&without_a_value, book);
    while (book->live == before)
      co_await aside::yield();
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("failed: by a destructor"), std::string::npos) << said;
  expect_nothing_left(book);
}

TEST(stopped_branch, whose_destructor_throws_has_failed) {
  const auto book = std::make_shared<tally>();
  const auto soon = []() -> task<int> {
    co_await aside::yield();
    co_return 2;
  };
  const auto fails = []() -> task<> {
    co_await aside::yield();
    throw std::runtime_error("first");
  };
  testing::internal::CaptureStderr();
  run_in([&]() -> task<> {
    auto [loser, winner] = co_await aside::race(fails_when_stopped(book), soon());
    EXPECT_FALSE(loser.has_value());
    EXPECT_EQ(winner, 2);
    std::string said;
    try {
      co_await aside::all(without_a_value(book), fails());
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "first");
    const auto both = [&]() -> task<> {
      co_await aside::all(without_a_value(book), wait_for_ever());
    };
    said.clear();
    try {
      const auto out = co_await aside::timeout(1ms, both());
      said = out.has_value() ? "a value" : "timed out";
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "by a destructor");
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("that lost the race"), std::string::npos) << said;
  expect_nothing_left(book);
}

aside::async_generator<int> fails_when_left(tally_ptr book, bool wait) {
  const throws_at_end thrower("of a generator");
  const counted here(book);
  co_yield 1;
  if (wait) co_await wait_for_ever();
}

TEST(stopped_generator, whose_destructor_throws_fails_for_its_consumer) {
  run_in([]() -> task<> {
    const auto book = std::make_shared<tally>();
    const auto consumes = [&]() -> task<> {
      auto values = fails_when_left(book, true);
      for (auto value = co_await values.next(); value; value = co_await values.next())
        EXPECT_EQ(value, 1);
    };
    std::string said;
    try {
      const auto out = co_await aside::timeout(1ms, consumes());
      said = out.has_value() ? "a value" : "timed out";
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "of a generator");
    expect_nothing_left(book);
  });
}

TEST(stopped_generator_death, that_is_destroyed_and_throws_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto values = fails_when_left(std::make_shared<tally>(), false);
                        EXPECT_EQ(co_await values.next(), 1);
                      }),
               "threw from its destructor.*\n.*unwind_test.cpp:");
}

/// A destructor may throw after the value has been given as well.
task<counted> fails_after_its_value(tally_ptr book) {
  const throws_at_end thrower("too late");
  co_return counted(book);
}
task<tally&> fails_after_its_reference(tally& book) {
  const throws_at_end thrower("too late");
  co_return book;
}

TEST(task, whose_destructor_throws_after_co_return_has_failed) {
  run_in([]() -> task<> {
    const auto book = std::make_shared<tally>();
    int caught = 0;
    try {
      const counted value = co_await fails_after_its_value(book);
      ADD_FAILURE() << "a value";
    } catch (const std::runtime_error&) {
      ++caught;
    }
    try {
      static_cast<void>(co_await fails_after_its_reference(*book));
      ADD_FAILURE() << "a reference";
    } catch (const std::runtime_error&) {
      ++caught;
    }
    EXPECT_EQ(caught, 2);
    expect_nothing_left(book);
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
