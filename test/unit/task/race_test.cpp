#include <aside/all.hpp>
#include <aside/race.hpp>

#include "unit/run_test.hpp"

#include <chrono>
#include <thread>

namespace {

using aside::nursery;
using aside::race;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<int> number(int n, int yields = 0) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  co_return n;
}
task<int> failing(const char* what, int yields) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  throw std::runtime_error(what);
}
task<int> lasting(std::string& log, const char* name) {
  mourned here(log, name);
  co_await wait_for_ever();
  co_return 0;
}
TEST(race, gives_the_first_value_and_stops_the_others_before_it_goes_on) {
  run_in([]() -> task<> {
    std::string log;
    auto [a, b, c] = co_await race(lasting(log, "a"), number(2, 3), lasting(log, "c"));
    EXPECT_FALSE(a.has_value());
    EXPECT_EQ(b, 2);
    EXPECT_FALSE(c.has_value());
    EXPECT_EQ(log, "a! c! ");
    EXPECT_FALSE(aside::stopping());
  });
}

TEST(race, gives_bools_and_pointers_for_what_is_no_object) {
  run_in([]() -> task<> {
    int n = 3;
    const auto refer = [&]() -> task<int&> { co_return n; };
    std::string log;
    auto [pointer, ended, late] = co_await race(refer(), wait_for_ever(), aside::sleep_for(1h));
    EXPECT_EQ(pointer, &n);
    EXPECT_FALSE(ended);
    EXPECT_FALSE(late);
    auto [value, waited] = co_await race(lasting(log, "x"), aside::sleep_for(1ms));
    EXPECT_FALSE(value);
    EXPECT_TRUE(waited);
  });
}

TEST(race, does_not_begin_to_wait_in_later_branches_once_it_is_decided) {
  run_in([]() -> task<> {
    int begun = 0;
    const auto late = [&]() -> task<int> {
      ++begun;
      co_await aside::yield();
      ++begun;
      co_return 5;
    };
    auto [a, b] = co_await race(number(1), late());
    EXPECT_EQ(a, 1);
    EXPECT_FALSE(b);
    EXPECT_EQ(begun, 1) << "it begins, and is stopped at its first wait";
  });
}

TEST(race, gives_both_values_when_the_loser_needs_no_more_wait) {
  run_in([]() -> task<> {
    auto [a, b] = co_await race(number(1), number(2));
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, 2);
  });
}

TEST(race, delivers_what_a_loser_had_been_given_when_it_was_stopped) {
  run_in([]() -> task<> {
    aside::event e;
    // Both are woken in the same turn: the second one's signal is taken, so it has to be delivered.
    aside::event f;
    const auto wait = [](aside::event& for_it) -> task<int> {
      co_await for_it.wait();
      co_return 1;
    };
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        e.set();
        f.set();
        co_return;
      });
      auto [a, b] = co_await race(wait(e), wait(f));
      EXPECT_EQ(a, 1);
      EXPECT_EQ(b, 1);
    });
  });
}

TEST(race, leaves_a_signal_that_no_branch_has_taken) {
  run_in([]() -> task<> {
    aside::event e;
    auto [waited, late] = co_await race(e.wait(), aside::sleep_for(1ms));
    EXPECT_FALSE(waited);
    EXPECT_TRUE(late);
    e.set();
    const auto kept = co_await aside::timeout(1h, [&]() -> task<> { co_await e.wait(); }());
    EXPECT_TRUE(kept.has_value());
  });
}

TEST(race, rethrows_when_the_first_to_end_has_failed) {
  run_in([]() -> task<> {
    std::string log;
    bool caught = false;
    try {
      auto parts = co_await race(lasting(log, "a"), failing("first", 2), failing("second", 5));
      static_cast<void>(parts);
    } catch (const std::runtime_error& e) {
      caught = true;
      EXPECT_STREQ(e.what(), "first");
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(log, "a! ");
  });
}

TEST(race, rethrows_the_first_failure_when_all_fail) {
  run_in([]() -> task<> {
    bool caught = false;
    try {
      auto parts = co_await race(failing("a", 1), failing("b", 0), failing("c", 0));
      static_cast<void>(parts);
    } catch (const std::runtime_error& e) {
      caught = true;
      EXPECT_STREQ(e.what(), "b");
    }
    EXPECT_TRUE(caught);
  });
}

TEST(race, reports_a_loser_that_fails_after_a_value_has_won) {
  testing::internal::CaptureStderr();
  run_on(1, []() -> task<> {
    auto [a, b] = co_await race(number(1), failing("after the end", 0));
    EXPECT_EQ(a, 1);
    EXPECT_FALSE(b);
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("race_test.cpp:"), std::string::npos) << said;
  EXPECT_NE(said.find("after the end"), std::string::npos) << said;
}

TEST(race, tells_the_hook_of_a_loser_that_fails_after_a_value_has_won) {
  static std::string heard;
  static unsigned line;
  heard.clear();
  const aside::failure_hook hook = [](const std::exception_ptr& error,
                                      const std::source_location& where) {
    line = where.line();
    try {
      std::rethrow_exception(error);
    } catch (const std::runtime_error& e) {
      heard += e.what();
    }
  };
  constexpr unsigned race_line = __LINE__ + 2;
  const int code = aside::run(quiet(1).on_failure(hook), []() -> task<> {
    auto [a, b] = co_await race(number(1), failing("after the end", 0));
    EXPECT_EQ(a, 1);
    EXPECT_FALSE(b.has_value());
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(heard, "after the end");
  EXPECT_EQ(line, race_line);
}

TEST(race, is_stopped_from_outside_and_the_stop_goes_on) {
  run_in([]() -> task<> {
    std::string log;
    const auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      auto parts = co_await race(lasting(log, "a"), lasting(log, "b"));
      static_cast<void>(parts);
      log += "went on ";
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(log, "a! b! ");
  });
}

TEST(race, delivers_a_value_even_when_it_is_asked_to_stop) {
  run_in([]() -> task<> {
    std::string log;
    int got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      auto [a, b] = co_await race(lasting(log, "a"), number(4));
      EXPECT_FALSE(a);
      got = b.value_or(0);
    });
    EXPECT_EQ(got, 4);
    EXPECT_EQ(log, "a! ");
  });
}

TEST(race, passes_on_a_stop_that_a_branch_made_itself) {
  run_in([]() -> task<> {
    std::string log;
    bool went_on = false;
    co_await aside::scope([&](nursery& outer) -> task<> {
      outer.spawn_local([&]() -> task<> {
        const auto stops_itself = [](nursery& n) -> task<int> {
          n.request_stop();
          co_await aside::sleep_for(1h);
          co_return 1;
        };
        auto parts = co_await race(aside::scope(stops_itself), lasting(log, "b"));
        static_cast<void>(parts);
        went_on = true;
      });
      co_return;
    });
    EXPECT_FALSE(went_on);
    EXPECT_EQ(log, "b! ");
  });
}

TEST(race, nests_in_all_and_in_itself) {
  run_in([]() -> task<> {
    std::string log;
    auto [first, second] = co_await aside::all(
        race(lasting(log, "a"), number(1, 2)),
        race(race(lasting(log, "b"), aside::sleep_for(1ms)), lasting(log, "c")));
    EXPECT_EQ(std::get<1>(first), 1);
    EXPECT_TRUE(std::get<0>(second).has_value());
    EXPECT_TRUE(std::get<1>(*std::get<0>(second)));
    EXPECT_EQ(log, "a! b! c! ");
  });
}

TEST(race, of_a_range_gives_a_part_for_each_element) {
  run_in([]() -> task<> {
    std::vector<int> many(1000, 0);
    many[700] = 1;
    std::string log;
    const auto parts = co_await race(many, [&](int wins) ASIDE_WRAPPER {
      return wins != 0 ? number(9, 2) : number(8, 1'000'000);
    });
    EXPECT_EQ(parts.size(), 1000u);
    for (std::size_t i = 0; i < parts.size(); ++i)
      EXPECT_EQ(parts[i].has_value(), i == 700);
    const std::vector<int> none;
    const auto empty = co_await race(none, [](int n) ASIDE_WRAPPER { return number(n); });
    EXPECT_TRUE(empty.empty());
  });
}

TEST(race, takes_an_array) {
  run_in([]() -> task<> {
    int yields[] = {5, 0, 9};
    const auto parts = co_await race(yields, [](int& n) ASIDE_WRAPPER { return number(n, n); });
    EXPECT_EQ(parts.size(), 3u);
    EXPECT_FALSE(parts[0]);
    EXPECT_EQ(parts[1], 0);
    EXPECT_FALSE(parts[2]);
  });
}

TEST(race, works_as_a_timeout_of_a_whole_scope) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    auto [ended, late] = co_await race(
        aside::scope([&](nursery& n) -> task<> {
          for (int i = 0; i < 20; ++i)
            n.spawn([](counted) -> task<> { co_await wait_for_ever(); }, counted(book));
          co_return;
        }),
        aside::sleep_for(2ms));
    EXPECT_FALSE(ended);
    EXPECT_TRUE(late);
    EXPECT_EQ(book->live, 0);
  });
}

TEST(race, whose_branches_are_woken_by_a_foreign_thread) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      aside::event a;
      aside::event b;
      std::thread other([&] {
        a.set();
        b.set();
      });
      auto [first, second] = co_await race(a.wait(), b.wait());
      EXPECT_TRUE(first || second);
      other.join();
    }
  });
}

TEST(race, whose_branch_stops_the_nursery_that_another_branch_opened) {
  run_in([]() -> task<> {
    nursery* inner = nullptr;
    aside::event opened;
    auto [scope_ended, n] = co_await race(aside::scope([&](nursery& mine) -> task<> {
                                            inner = &mine;
                                            opened.set();
                                            co_await wait_for_ever();
                                          }),
                                          [&]() -> task<int> {
                                            co_await opened.wait();
                                            inner->request_stop();
                                            co_await wait_for_ever();
                                            co_return 1;
                                          }());
    EXPECT_TRUE(scope_ended);
    EXPECT_FALSE(n);
  });
}

task<int> holding(counted) {
  co_await wait_for_ever();
  co_return 0;
}

TEST(race, that_is_dropped_is_reported_and_destroys_its_tasks) {
  auto book = std::make_shared<tally>();
  testing::internal::CaptureStderr();
  static_cast<void>(race(holding(counted(book)), holding(counted(book))));
  static_cast<void>(
      race(std::vector<int>{1, 2}, [&](int) ASIDE_WRAPPER { return holding(counted(book)); }));
  EXPECT_EQ(book->live, 0);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("holding"), std::string::npos) << said;
}

}  // namespace
