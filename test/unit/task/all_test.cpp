#include <aside/all.hpp>
#include <aside/race.hpp>

#include "unit/run_test.hpp"

#include <chrono>

namespace {

using aside::all;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<int> number(int n, int yields = 0) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  co_return n;
}
task<std::unique_ptr<int>> pointer(int n) {
  co_await aside::sleep_for(1ms);
  co_return std::make_unique<int>(n);
}
task<int&> reference(int& n) {
  co_await aside::yield();
  co_return n;
}
task<> nothing() { co_await aside::yield(); }
task<int> failing(const char* what, int yields) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  throw std::runtime_error(what);
}
task<int> counted_wait(tally& t) {
  ++t.live;
  struct at_end {
    tally* t;
    explicit at_end(tally* b) : t(b) {}
    at_end(const at_end&) = delete;
    ~at_end() { --t->live; }
  } end(&t);
  co_await wait_for_ever();
  co_return 0;
}

TEST(all, gives_every_value_in_the_order_of_the_arguments) {
  run_in([]() -> task<> {
    int seven = 7;
    auto [a, b, c] = co_await all(number(1, 3), pointer(2), reference(seven));
    EXPECT_EQ(a, 1);
    EXPECT_EQ(*b, 2);
    EXPECT_EQ(&c, &seven);
  });
}

TEST(all, leaves_out_branches_without_a_value) {
  run_in([]() -> task<> {
    const auto [one] = co_await all(nothing(), number(1), nothing());
    EXPECT_EQ(one, 1);
    static_assert(std::is_void_v<decltype(all(nothing(), nothing())
                                              .bind(std::declval<aside::detail::promise_base&>())
                                              .await_resume())>);
    co_await all(nothing(), nothing());
    co_await all(nothing());
  });
}

TEST(all, runs_its_branches_at_the_same_time_and_never_in_parallel) {
  run_in([]() -> task<> {
    int inside = 0;
    std::string log;
    const auto branch = [&](char name) -> task<> {
      for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(++inside, 1);
        log += name;
        --inside;
        co_await aside::yield();
      }
    };
    co_await all(branch('a'), branch('b'), branch('c'));
    EXPECT_EQ(log, "abcabcabc");
  });
}

TEST(all, lets_branches_wait_for_one_another) {
  run_in([]() -> task<> {
    aside::event ping;
    aside::event pong;
    int rounds = 0;
    co_await all(
        [&]() -> task<> {
          for (int i = 0; i < 100; ++i) {
            ping.set();
            co_await pong.wait();
            ++rounds;
          }
        }(),
        [&]() -> task<> {
          for (int i = 0; i < 100; ++i) {
            co_await ping.wait();
            pong.set();
          }
        }());
    EXPECT_EQ(rounds, 100);
  });
}

TEST(all, takes_operations_as_branches) {
  run_in([]() -> task<> {
    aside::event e;
    e.set();
    const auto [n, late] =
        co_await all(e.wait(), number(4), aside::sleep_for(1ms), aside::timeout(1h, number(5)));
    EXPECT_EQ(n, 4);
    EXPECT_EQ(late, 5);
  });
}

TEST(all, keeps_temporaries_of_the_expression_alive) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto hold = [&](const counted& c, int yields) -> task<int> {
      static_cast<void>(c);
      for (int i = 0; i < yields; ++i)
        co_await aside::yield();
      co_return book->live.load();
    };
    const auto [a, b] = co_await all(hold(counted(book), 2), hold(counted(book), 4));
    EXPECT_EQ(a, 2);
    EXPECT_EQ(b, 2);
    EXPECT_EQ(book->live, 0);
  });
}

TEST(all, stops_the_others_at_the_first_failure_and_rethrows_it_when_they_have_ended) {
  run_in([]() -> task<> {
    for (const int yields : {0, 1, 5}) {
      tally t;
      bool caught = false;
      try {
        co_await all(counted_wait(t), failing("first", yields), counted_wait(t),
                     failing("second", yields + 1));
      } catch (const std::runtime_error& e) {
        caught = true;
        EXPECT_STREQ(e.what(), "first");
        EXPECT_EQ(t.live, 0);
      }
      EXPECT_TRUE(caught);
    }
  });
}

TEST(all, drops_values_that_came_before_a_failure) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto give = [&]() -> task<counted> { co_return counted(book); };
    bool caught = false;
    try {
      co_await all(give(), failing("late", 3), give());
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(book->live, 0);
  });
}

TEST(all, is_stopped_from_outside_with_all_its_branches) {
  run_in([]() -> task<> {
    std::string log;
    const auto branch = [&](const char* name) -> task<> {
      mourned here(log, name);
      co_await wait_for_ever();
    };
    const auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      mourned outer(log, "outer");
      co_await all(branch("a"), branch("b"));
      log += "went on ";
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(log, "a! b! outer! ");
  });
}

TEST(all, delivers_its_values_when_a_stop_finds_all_branches_done) {
  run_in([]() -> task<> {
    int got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      const auto [a, b] = co_await all(number(1), number(2));
      got = a + b;
    });
    EXPECT_EQ(got, 3);
  });
}

TEST(all, contains_a_timeout_that_ends_one_branch_alone) {
  run_in([]() -> task<> {
    tally t;
    const auto [late, n] = co_await all(aside::timeout(1ms, counted_wait(t)), pointer(3));
    EXPECT_EQ(late, std::unexpected(aside::timed_out()));
    EXPECT_EQ(*n, 3);
    EXPECT_EQ(t.live, 0);
  });
}

TEST(all, contains_scopes_and_catches_in_its_branches) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto with_children = [&](int n) -> task<int> {
      co_return co_await aside::scope([&](nursery& children) -> task<int> {
        for (int i = 0; i < n; ++i)
          children.spawn(
              [](counted) -> task<> {
                co_await aside::yield();
                co_await aside::sleep_for(1ms);
              },
              counted(book));
        co_return n;
      });
    };
    const auto failing_scope = [&]() -> task<int> {
      try {
        co_await aside::scope([&](nursery& children) -> task<> {
          children.spawn_local([]() -> task<> {
            co_await aside::yield();
            throw std::runtime_error("child");
          });
          co_await wait_for_ever();
        });
      } catch (const std::runtime_error&) {
        co_return -1;
      }
      co_return 0;
    };
    const auto [a, b, c] = co_await all(with_children(3), failing_scope(), with_children(5));
    EXPECT_EQ(a, 3);
    EXPECT_EQ(b, -1);
    EXPECT_EQ(c, 5);
    EXPECT_EQ(book->live, 0);
  });
}

task<int> nest(int depth, std::chrono::milliseconds time) {
  if (depth == 0) {
    co_await aside::sleep_for(time);
    co_return 1;
  }
  const auto [a, b] = co_await all(nest(depth - 1, time), nest(depth - 1, time));
  co_return a + b;
}
TEST(all, nests) {
  run_in([]() -> task<> {
    const int leaves = co_await nest(8, 1ms);
    EXPECT_EQ(leaves, 256);
    auto out = co_await aside::timeout(2ms, nest(8, 1h));
    EXPECT_FALSE(out.has_value());
  });
}

task<> chain(int depth) {
  if (depth == 0) {
    co_await aside::sleep_for(1ms);
    co_return;
  }
  co_await all(chain(depth - 1));
}
task<> endless_chain(int depth) {
  if (depth == 0)
    co_await wait_for_ever();
  else
    co_await all(endless_chain(depth - 1));
}
TEST(all, nests_deep_and_is_stopped_there) {
  run_in([]() -> task<> {
    constexpr int deep = sanitized ? 300 : 3000;
    co_await chain(deep);
    auto out = co_await aside::timeout(2ms, endless_chain(deep));
    EXPECT_FALSE(out.has_value());
  });
}

TEST(all, takes_a_range) {
  run_in([]() -> task<> {
    std::vector<int> many(1000);
    for (std::size_t i = 0; i < many.size(); ++i)
      many[i] = static_cast<int>(i);
    const std::vector<int> got =
        co_await all(many, [](int n) ASIDE_WRAPPER { return number(n, n % 7); });
    EXPECT_EQ(got, many);
    std::vector<int*> same = co_await all(many, [](int& n) ASIDE_WRAPPER { return reference(n); });
    EXPECT_EQ(same[999], &many[999]);
    co_await all(many, [](int) ASIDE_WRAPPER { return nothing(); });
    const std::vector<int> none;
    const std::vector<int> empty =
        co_await all(none, [](int n) ASIDE_WRAPPER { return number(n); });
    EXPECT_TRUE(empty.empty());
  });
}

TEST(all, takes_an_array) {
  run_in([]() -> task<> {
    int numbers[] = {3, 1, 2};
    const auto same = co_await all(numbers, reference);
    EXPECT_EQ(same, (std::vector<int*>{&numbers[0], &numbers[1], &numbers[2]}));
    const int constant[] = {1, 2};
    const std::vector<int> got =
        co_await all(constant, [](int n) ASIDE_WRAPPER { return number(n, 1); });
    EXPECT_EQ(got, (std::vector<int>{1, 2}));
  });
}

TEST(all, of_a_range_fails_and_is_stopped_as_a_whole) {
  run_in([]() -> task<> {
    const std::vector<int> many(1000, 1);
    tally t;
    bool caught = false;
    try {
      std::vector<int> mixed(1000, 0);
      mixed[500] = 1;
      co_await all(mixed, [&](int fails) ASIDE_WRAPPER {
        return fails != 0 ? failing("one", 2) : counted_wait(t);
      });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(t.live, 0);
    auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      co_await all(many, [&](int) ASIDE_WRAPPER { return counted_wait(t); });
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(t.live, 0);
  });
}

TEST(all, of_a_range_whose_function_throws_runs_nothing) {
  run_in([]() -> task<> {
    const std::vector<int> many{1, 2, 3};
    auto book = std::make_shared<tally>();
    const auto hold = [](counted) -> task<> { co_return; };
    bool caught = false;
    try {
      co_await all(many, [&](int n) ASIDE_WRAPPER {
        if (n == 3) throw std::runtime_error("no third");
        return hold(counted(book));
      });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(book->live, 0);
  });
}

TEST(all, shares_the_turns_budget_so_that_others_run) {
  run_on(1, []() -> task<> {
    int others = 0;
    bool done = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        while (!done) {
          ++others;
          co_await aside::yield();
        }
      });
      const auto busy = [&]() -> task<> {
        aside::event e;
        for (int i = 0; i < 1000; ++i) {
          e.set();
          co_await e.wait();
        }
      };
      co_await all(busy(), busy(), busy(), busy());
      done = true;
    });
    EXPECT_GE(others, 4000 / 128);
  });
}

TEST(all, takes_a_timeout_an_all_and_a_race_as_branches) {
  run_in([]() -> task<> {
    auto [a, b, c] = co_await all(aside::timeout(1h, number(1, 3)), all(number(2), number(3, 1)),
                                  aside::race(number(4), number(5, 50)));
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, std::tuple(2, 3));
    EXPECT_EQ(std::get<0>(c), 4);
  });
}

task<int> holding(counted) {
  co_await wait_for_ever();
  co_return 0;
}

TEST(all, of_timeouts_that_is_dropped_is_reported_and_destroys_its_tasks) {
  auto book = std::make_shared<tally>();
  testing::internal::CaptureStderr();
  static_cast<void>(all(aside::timeout(1h, holding(counted(book))), holding(counted(book))));
  EXPECT_EQ(book->live, 0);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("dropped without being awaited"), std::string::npos) << said;
}

}  // namespace
