#include "unit/run_test.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace {

using aside::task;
using namespace aside_test;

static_assert(sizeof(aside::detail::task_header) <= 80);
static_assert(sizeof(aside::detail::promise_base) <= 32);
static_assert(sizeof(aside::detail::promise<void>) <= 32);
static_assert(sizeof(aside::detail::promise<int>) <= 40);
static_assert(sizeof(aside::detail::awaiter_base) == 16);
static_assert(sizeof(aside::detail::sleep_op) <= 24);

task<int> number(int n) { co_return n; }
task<int> number_later(int n) {
  co_await aside::yield();
  co_return n;
}

TEST(task, returns_a_value) {
  run_in([]() -> task<> {
    EXPECT_EQ(co_await number(3), 3);
    EXPECT_EQ(co_await number_later(4), 4);
    const int sum = co_await number(1) + co_await number_later(2);
    EXPECT_EQ(sum, 3);
  });
}

task<int&> choose(std::array<int, 2>& from, bool second, bool wait) {
  if (wait) co_await aside::yield();
  co_return from[second ? 1 : 0];
}

TEST(task, returns_a_reference_to_the_very_object) {
  run_in([]() -> task<> {
    std::array<int, 2> pair{1, 2};
    int& first = co_await choose(pair, false, false);
    int& second = co_await choose(pair, true, true);
    EXPECT_EQ(&first, &pair[0]);
    second = 7;
    EXPECT_EQ(pair[1], 7);
  });
}

task<std::unique_ptr<std::string>> owned(bool wait) {
  if (wait) co_await aside::yield();
  co_return std::make_unique<std::string>("owned");
}

TEST(task, returns_what_can_only_be_moved) {
  run_in([]() -> task<> {
    const std::unique_ptr<std::string> now = co_await owned(false);
    const std::unique_ptr<std::string> later = co_await owned(true);
    EXPECT_EQ(*now + *later, "ownedowned");
  });
}

task<counted> counted_result(std::shared_ptr<tally> t, bool wait) {
  if (wait) co_await aside::yield();
  co_return counted(t);
}

TEST(task, destroys_every_copy_of_its_result_once) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    {
      const counted kept = co_await counted_result(book, false);
      EXPECT_EQ(book->live, 1);
      const counted also = co_await counted_result(book, true);
      EXPECT_EQ(book->live, 2);
    }
    static_cast<void>(co_await counted_result(book, true));
    EXPECT_EQ(book->live, 0);
    EXPECT_EQ(book->copies, 0);
  });
}

task<int> fail_at(int depth, bool wait) {
  if (depth == 0) {
    if (wait) co_await aside::yield();
    throw std::runtime_error("deep");
  }
  const int below = co_await fail_at(depth - 1, wait);
  co_return below + 1;
}

TEST(task, carries_an_exception_through_levels) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      for (const int depth : {0, 1, 63, 64, 65, 200}) {
        std::string what;
        try {
          static_cast<void>(co_await fail_at(depth, wait));
        } catch (const std::runtime_error& e) {
          what = e.what();
        }
        EXPECT_EQ(what, "deep") << depth;
      }
    }
  });
}

task<> catch_and_translate(bool wait) {
  try {
    static_cast<void>(co_await fail_at(2, wait));
  } catch (const std::runtime_error& e) {
    throw std::logic_error(std::string("translated ") + e.what());
  }
}

TEST(task, lets_a_level_between_catch_and_throw_another) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      std::string what;
      try {
        co_await catch_and_translate(wait);
      } catch (const std::logic_error& e) {
        what = e.what();
      }
      EXPECT_EQ(what, "translated deep");
    }
  });
}

TEST(task, is_awaited_millions_of_times_without_growing_the_stack) {
  const int rounds = sanitized ? 200'000 : 10'000'000;
  run_on(1, [rounds]() -> task<> {
    std::int64_t sum = 0;
    for (int i = 0; i < rounds; ++i)
      sum += co_await number(1);
    EXPECT_EQ(sum, rounds);
  });
}

constexpr int deep = 100'000;

task<int> recurse(int depth, bool wait) {
  if (depth == 0) {
    if (wait) co_await aside::yield();
    co_return 0;
  }
  const int below = co_await recurse(depth - 1, wait);
  co_return below + 1;
}

TEST(task, recurses_a_hundred_thousand_levels) {
  run_in([]() -> task<> {
    EXPECT_EQ(co_await recurse(deep, false), deep);
    EXPECT_EQ(co_await recurse(deep, true), deep);
  });
}

task<int> fail_from(int depth) {
  if (depth == 0) throw std::runtime_error("bottom");
  const int below = co_await fail_from(depth - 1);
  co_return below + 1;
}

TEST(task, carries_an_exception_out_of_a_deep_recursion) {
  run_on(1, []() -> task<> {
    bool caught = false;
    try {
      static_cast<void>(co_await fail_from(sanitized ? 2'000 : deep));
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
}

task<std::size_t> length(const std::string& text) {
  co_await aside::yield();
  co_return text.size();
}
task<std::size_t> length_of_both(std::string_view a, std::string b) {
  co_await aside::yield();
  co_return a.size() + b.size();
}

TEST(task, keeps_temporaries_alive_through_the_await) {
  run_in([]() -> task<> {
    EXPECT_EQ(co_await length(std::string(100, 'x')), 100u);
    EXPECT_EQ(co_await length(std::string(50, 'x') + std::string(50, 'y')), 100u);
    EXPECT_EQ(co_await length_of_both(std::string(100, 'x'), std::string(100, 'y')), 200u);
  });
}

TEST(task, keeps_a_lambda_that_captures_by_reference_alive_through_the_await) {
  run_in([]() -> task<> {
    int seen = 0;
    const std::string text(40, 'z');
    const std::size_t n = co_await [&]() -> task<std::size_t> {
      co_await aside::yield();
      ++seen;
      const std::size_t inner = co_await length(text);
      ++seen;
      co_return inner;
    }();
    EXPECT_EQ(n, 40u);
    EXPECT_EQ(seen, 2);
  });
}

task<> count_calls(int& calls) {
  ++calls;
  co_return;
}

TEST(task, that_is_dropped_is_reported_with_its_place_and_does_not_run) {
  int calls = 0;
  testing::internal::CaptureStderr();
  {
    auto&& dropped = count_calls(calls);
    static_cast<void>(dropped);
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("count_calls"), std::string::npos) << said;
  EXPECT_NE(said.find("task_test.cpp:"), std::string::npos) << said;
  EXPECT_NE(said.find("co_await"), std::string::npos) << said;
  EXPECT_EQ(calls, 0);
}

task<> take(counted) { co_return; }

TEST(task, that_is_dropped_destroys_its_arguments) {
  auto book = std::make_shared<tally>();
  testing::internal::CaptureStderr();
  {
    auto&& dropped = take(counted(book));
    static_cast<void>(dropped);
  }
  static_cast<void>(testing::internal::GetCapturedStderr());
  EXPECT_EQ(book->live, 0);
}

int throwing() { throw std::runtime_error("argument"); }

TEST(task, whose_expression_throws_before_the_await_is_not_reported) {
  testing::internal::CaptureStderr();
  run_on(1, []() -> task<> {
    bool caught = false;
    try {
      const int a = co_await number(1) + throwing();
      static_cast<void>(a);
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
task<std::string> forgets(bool give) {
  co_await aside::yield();
  if (give) co_return "given";
}
task<int&> forgets_a_reference(int& n, bool give) {
  if (give) co_return n;
}
#pragma GCC diagnostic pop

TEST(task_death, that_ends_without_co_return_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  run_on(1, []() -> task<> {
    int n = 1;
    const std::string given = co_await forgets(true);
    EXPECT_EQ(given, "given");
    const int& same = co_await forgets_a_reference(n, true);
    EXPECT_EQ(&same, &n);
  });
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        const std::string given = co_await forgets(false);
                        EXPECT_EQ(given, "");
                      }),
               "ended without co_return.*\n.*task_test.cpp:");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        int n = 1;
                        const int& same = co_await forgets_a_reference(n, false);
                        EXPECT_EQ(same, 1);
                      }),
               "ended without co_return.*\n.*task_test.cpp:");
}

/// Suspends, and nobody will ever resume: what is left of a coroutine whose body a compiler has lost.
struct lost_body {
  struct awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
  };
  awaiter bind(aside::detail::promise_base&) && noexcept { return {}; }
};
task<> loses_its_body(bool wait) {
  if (wait) co_await aside::yield();
  co_await lost_body();
}

TEST(task_death, that_comes_back_and_neither_waits_nor_has_ended_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const bool wait : {false, true}) {  // inside whoever awaits it, or in the run loop
    EXPECT_DEATH(run_on(1, &loses_its_body, wait),
                 "neither waits nor has ended, but has returned.*\n.*task_test.cpp:");
  }
}

}  // namespace
