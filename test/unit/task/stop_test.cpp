#include <aside/stop.hpp>

#include <aside/all.hpp>
#include <aside/race.hpp>

#include "unit/run_test.hpp"

#include <chrono>

namespace {

using aside::nursery;
using aside::shield;
using aside::stopped;
using aside::task;
using aside::try_stopped;
using namespace aside_test;
using namespace std::chrono_literals;

task<int> number(int n) {
  co_await aside::yield();
  co_return n;
}
task<int> fails() {
  co_await aside::yield();
  throw std::runtime_error("inside");
}
task<int> waits(std::string& log, const char* name) {
  mourned here(log, name);
  co_await wait_for_ever();
  co_return 0;
}

TEST(try_stopped, gives_the_value_and_rethrows_what_was_thrown) {
  run_in([]() -> task<> {
    int n = 2;
    const auto refer = [&]() -> task<int*> { co_return &n; };
    EXPECT_EQ(co_await try_stopped(number(1)), 1);
    EXPECT_EQ(co_await try_stopped(refer()), &n);
    const auto nothing = co_await try_stopped([]() -> task<> { co_await aside::yield(); }());
    EXPECT_TRUE(nothing.has_value());
    bool caught = false;
    try {
      const auto out = co_await try_stopped(fails());
      static_cast<void>(out);
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
}

TEST(try_stopped, catches_a_stop_from_outside_which_stands_for_the_next_wait) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        n.request_stop();
        co_return;
      });
      mourned outer(log, "outer");
      const auto out = co_await try_stopped(waits(log, "inner"));
      EXPECT_EQ(out, std::unexpected(stopped()));
      EXPECT_FALSE(aside::stopping());
      log += "went on ";
      co_await aside::yield();
      log += "too far ";
    });
    EXPECT_EQ(log, "inner! went on outer! ");
  });
}

TEST(try_stopped, catches_a_stop_that_its_task_made_itself) {
  run_in([]() -> task<> {
    const auto stops_itself = [](nursery& n) -> task<int> {
      n.request_stop();
      co_await aside::sleep_for(1h);
      co_return 1;
    };
    const auto out = co_await try_stopped(aside::scope(stops_itself));
    EXPECT_FALSE(out.has_value());
    co_await aside::yield();
  });
}

TEST(stop_requested, is_false_until_the_stop_and_true_from_then_on) {
  EXPECT_FALSE(aside::stop_requested()) << "outside of a task";
  run_in([]() -> task<> {
    EXPECT_FALSE(aside::stop_requested());
    int restarts = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await aside::yield();
        n.request_stop();
      });
      std::string log;
      while (!aside::stop_requested()) {
        ++restarts;
        const auto out = co_await try_stopped(waits(log, "worker"));
        EXPECT_FALSE(out.has_value());
      }
    });
    EXPECT_EQ(restarts, 1);
    EXPECT_FALSE(aside::stop_requested()) << "it was the scope's";
  });
}

TEST(stop_requested, knows_limits_and_branches_and_not_what_a_shield_hides) {
  run_in([]() -> task<> {
    std::string log;
    const auto notes = [&](const char* who) -> task<int> {
      const auto out = co_await try_stopped(waits(log, who));
      EXPECT_FALSE(out.has_value());
      EXPECT_TRUE(aside::stop_requested()) << who;
      const auto hidden = []() -> task<bool> { co_return aside::stop_requested(); };
      const bool seen = co_await shield(hidden());
      EXPECT_FALSE(seen) << who;
      co_return 1;
    };
    const auto late = co_await aside::timeout(1ms, notes("limit"));
    EXPECT_EQ(late, 1) << "a value wins over the limit";
    const auto [loser, winner] = co_await aside::race(notes("branch"), number(2));
    EXPECT_EQ(winner, 2);
    EXPECT_EQ(log, "limit! branch! ");
  });
}

TEST(try_stopped, works_in_a_branch_and_around_branches) {
  run_in([]() -> task<> {
    std::string log;
    auto [first, second] = co_await aside::race(try_stopped(waits(log, "a")), number(2));
    EXPECT_EQ(first, std::unexpected(stopped())) << "a value that the loser still gave";
    EXPECT_EQ(second, 2);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        n.request_stop();
        co_return;
      });
      const auto both = [&]() -> task<> { co_await aside::all(waits(log, "b"), waits(log, "c")); };
      const auto out = co_await try_stopped(both());
      EXPECT_FALSE(out.has_value());
    });
    EXPECT_EQ(log, "a! b! c! ");
  });
}

TEST(shield, hides_a_stop_that_comes_before_or_during_and_delivers_the_value) {
  run_in([]() -> task<> {
    for (const bool before : {true, false}) {
      std::string log;
      co_await aside::scope([&](nursery& n) -> task<> {
        mourned outer(log, "outer");
        if (before) n.request_stop();
        n.spawn_local([&]() -> task<> {
          n.request_stop();
          co_return;
        });
        const auto slow = [&]() -> task<int> {
          for (int i = 0; i < 3; ++i) {
            co_await aside::sleep_for(1ms);
            log += '.';
          }
          co_return 7;
        };
        const int got = co_await shield(slow());
        EXPECT_EQ(got, 7);
        log += " after ";
        co_await aside::yield();
        log += "too far";
      });
      EXPECT_EQ(log, "... after outer! ");
    }
  });
}

TEST(try_stopped, gives_a_pointer_for_a_reference) {
  run_in([]() -> task<> {
    int n = 0;
    const auto refer = [&]() -> task<int&> { co_return n; };
    const auto refer_to_const = [&]() -> task<const int&> {
      co_await aside::yield();
      co_return n;
    };
    const auto got = co_await try_stopped(refer());
    static_assert(std::same_as<decltype(got), const std::expected<int*, aside::stopped>>);
    EXPECT_EQ(got, &n);
    const auto read = co_await try_stopped(refer_to_const());
    EXPECT_EQ(read, &n);
  });
}

TEST(shield, rethrows_and_gives_references_and_nothing) {
  run_in([]() -> task<> {
    int n = 0;
    const auto refer = [&]() -> task<int&> { co_return n; };
    int& same = co_await shield(refer());
    EXPECT_EQ(&same, &n);
    co_await shield([]() -> task<> { co_await aside::yield(); }());
    bool caught = false;
    try {
      co_await shield(fails());
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
}

TEST(shield, hides_the_stop_from_scopes_timeouts_and_branches_inside) {
  run_in([]() -> task<> {
    int got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      const auto work = [&]() -> task<int> {
        int sum = 0;
        co_await aside::scope([&](nursery& inner) -> task<> {
          inner.spawn_local([&]() -> task<> {
            co_await aside::sleep_for(1ms);
            sum += 1;
          });
          co_return;
        });
        auto [a, b] = co_await aside::all(number(10), aside::timeout(1h, number(100)));
        sum += a + b.value_or(0);
        const auto late = co_await aside::timeout(1ms, wait_for_ever());
        EXPECT_FALSE(late.has_value());
        co_return sum;
      };
      got = co_await shield(work());
    });
    EXPECT_EQ(got, 111);
  });
}

TEST(shield, in_a_race_lets_the_loser_finish) {
  run_in([]() -> task<> {
    const auto slow = []() -> task<int> {
      co_await aside::sleep_for(2ms);
      co_return 5;
    };
    auto [now, later] = co_await aside::race(number(1), shield(slow()));
    EXPECT_EQ(now, 1);
    EXPECT_EQ(later, 5);
  });
}

TEST(shield, passes_on_a_stop_made_inside_and_is_left_by_it) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& outer) -> task<> {
      const auto body = [&]() -> task<> {
        const auto stops_itself = [](nursery& n) -> task<int> {
          n.request_stop();
          co_await aside::sleep_for(1h);
          co_return 1;
        };
        co_await shield(aside::scope(stops_itself));
        log += "went on ";
      };
      const auto out = co_await try_stopped(body());
      EXPECT_FALSE(out.has_value());
      outer.request_stop();
      co_await aside::yield();
      log += "the outer stop is seen again ";
    });
    EXPECT_EQ(log, "");
  });
}

}  // namespace
