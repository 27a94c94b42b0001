#include "unit/run_test.hpp"

#include <array>
#include <string>
#include <vector>

namespace {

using aside::nursery;
using aside::spawn;
using aside::task;
using namespace aside_test;

using number = std::shared_ptr<std::atomic<int>>;

task<> until(number n, int value) {
  while (*n < value)
    co_await aside::yield();
}

TEST(spawn, copies_an_argument_once_and_destroys_every_instance) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    {
      const counted one(book);
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn([](counted) -> task<> { co_await aside::yield(); }, one);
        n.spawn([](const counted&) -> task<> { co_await aside::yield(); }, one);
        co_return;
      });
      EXPECT_EQ(book->copies, 2);
      EXPECT_EQ(book->live, 1);
    }
    EXPECT_EQ(book->live, 0);
  });
}

// Of a call with numbers nothing needs to be kept; of one with a string that is seen through a view, the
// string.
using in_milliseconds = task<> (*)(std::chrono::milliseconds);
using with_view = task<> (*)(std::string_view);
using with_reference = task<> (*)(const int&);
using aside::detail::takes_values;
static_assert(takes_values<in_milliseconds, std::chrono::hours>);
static_assert(takes_values<task<> (*)(double, std::size_t) noexcept, int, char>);
static_assert(!takes_values<with_view, std::string>);
static_assert(!takes_values<with_reference, int>);
static_assert(!takes_values<task<> (*)(int, int), int>);
static_assert(takes_values<task<int> (*)(std::unique_ptr<int>), std::unique_ptr<int>>);
// std::ref goes with the call, what it names stays.
using with_target = task<> (*)(std::string&, const int&);
using ref_to = std::reference_wrapper<std::string>;
static_assert(takes_values<with_target, ref_to, std::reference_wrapper<const int>>);
static_assert(takes_values<with_target, ref_to, std::reference_wrapper<int>>);
static_assert(!takes_values<with_target, ref_to, std::reference_wrapper<const double>>);
static_assert(!takes_values<with_target, std::string, int>);
static_assert(!takes_values<task<> (*)(const ref_to&), ref_to>);
// A closure that captures nothing is as its function; one that captures, or any other object, is kept.
constexpr auto by_value = [](int) -> task<> { co_return; };
constexpr auto by_reference = [](const int&) -> task<> { co_return; };
constexpr auto capturing = [n = 1](int) -> task<> {
  static_cast<void>(n);
  co_return;
};
struct callable {
  task<> operator()(int) const;
};
static_assert(takes_values<std::decay_t<decltype(by_value)>, int>);
static_assert(!takes_values<std::decay_t<decltype(by_reference)>, int>);
static_assert(!takes_values<std::decay_t<decltype(capturing)>, int>);
static_assert(!takes_values<callable, int>);

task<> keep_number(double half, std::chrono::milliseconds time, std::array<double, 2>* into) {
  co_await aside::yield();
  *into = {half, static_cast<double>(time.count())};
}
task<> keep_view(std::string_view text, std::string* into) {
  co_await aside::yield();
  *into = text;
}
static_assert(takes_values<decltype(&keep_number), short, std::chrono::seconds, std::array<double, 2>*>);
static_assert(!takes_values<decltype(&keep_view), std::string, std::string*>);

TEST(spawn, converts_numbers_at_the_call_and_keeps_what_a_view_is_made_of) {
  run_in([]() -> task<> {
    std::array<double, 2> numbers{};
    std::string text;
    co_await aside::scope([&](nursery& n) -> task<> {
      short lasts = 7;
      n.spawn_local(&keep_number, lasts, std::chrono::seconds(2), &numbers);
      n.spawn_local(&keep_view, std::string(40, 'x'), &text);
      lasts = 0;
      co_return;
    });
    EXPECT_EQ(numbers[0], 7.0);
    EXPECT_EQ(numbers[1], 2000.0);
    EXPECT_EQ(text, std::string(40, 'x'));
  });
}

task<> append(std::string& to, const std::string& what) {
  co_await aside::yield();
  to += what;
}

TEST(spawn, refers_to_what_a_reference_wrapper_names) {
  run_in([]() -> task<> {
    std::string text = "a";
    const std::string more = "b";
    co_await aside::scope([&](nursery& n) -> task<> {
      auto to = std::ref(text);
      n.spawn_local(&append, to, std::cref(more));
      std::string other;
      to = std::ref(other);  // the wrapper, not what it named
      n.spawn_local([](std::string& into, char c) -> task<> {
        co_await aside::yield();
        into += c;
      }, std::ref(text), 'c');
      co_return;
    });
    EXPECT_EQ(text, "abc");
  });
}

TEST(spawn, fills_whole_lines_where_that_costs_little) {
  using aside::detail::padded_block;
  EXPECT_EQ(padded_block(100), 128u);
  EXPECT_EQ(padded_block(129), 129u);
  EXPECT_EQ(padded_block(168), 168u);
  EXPECT_EQ(padded_block(184), 192u);
  EXPECT_EQ(padded_block(193), 193u);
}

TEST(spawn, moves_a_temporary_argument) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](counted, std::unique_ptr<int> p) -> task<> {
            EXPECT_EQ(*p, 4);
            co_return;
          },
          counted(book), std::make_unique<int>(4));
      co_return;
    });
    EXPECT_EQ(book->copies, 0);
    EXPECT_EQ(book->live, 0);
  });
}

TEST(spawn, destroys_the_arguments_when_the_callable_throws_before_it_makes_the_task) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto throws = [](counted, counted)
                            ASIDE_WRAPPER -> task<> { throw std::runtime_error("no task"); };
    int caught = 0;
    for (int i = 0; i < 3; ++i) {
      try {
        spawn(throws, counted(book), counted(book));
      } catch (const std::runtime_error&) {
        ++caught;
      }
    }
    EXPECT_EQ(caught, 3);
    EXPECT_EQ(book->live, 0);
    co_await aside::scope([&](nursery& n) -> task<> {
      try {
        n.spawn(throws, counted(book), counted(book));
      } catch (const std::runtime_error&) {
        ++caught;
      }
      EXPECT_EQ(n.size(), 0u);
      co_return;
    });
    EXPECT_EQ(caught, 4);
    EXPECT_EQ(book->live, 0);
  });
}

struct throws_when_copied {
  throws_when_copied() = default;
  throws_when_copied(const throws_when_copied&) { throw std::runtime_error("copy"); }
  throws_when_copied(throws_when_copied&&) noexcept {}
  ~throws_when_copied() = default;
};

TEST(spawn, destroys_what_it_has_copied_when_copying_another_argument_throws) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const throws_when_copied bad;
    const auto fn = [](counted, throws_when_copied, counted) -> task<> { co_return; };
    bool caught = false;
    try {
      spawn(fn, counted(book), bad, counted(book));
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(book->live, 0);
    co_return;
  });
}

struct throws_when_moved_twice {
  int moves = 0;
  throws_when_moved_twice() = default;
  throws_when_moved_twice(throws_when_moved_twice&& other) : moves(other.moves + 1) {
    if (moves >= 2) throw std::runtime_error("move");
  }
  ~throws_when_moved_twice() = default;
};

TEST(spawn, destroys_everything_when_moving_into_a_parameter_throws) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    bool caught = false;
    try {
      spawn([](counted, throws_when_moved_twice) -> task<> { co_return; }, counted(book),
            throws_when_moved_twice());
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(book->live, 0);
    co_return;
  });
}

TEST(spawn, destroys_the_arguments_of_tasks_that_are_stopped_before_they_began) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        for (int i = 0; i < 1000; ++i)
          spawn([](counted) -> task<> { co_await wait_for_ever(); }, counted(b));
        co_return;
      },
      book);
  EXPECT_EQ(book->live, 0);
}

struct service {
  number hits = std::make_shared<std::atomic<int>>(0);
  task<> serve(int by) {
    co_await aside::yield();
    *hits += by;
  }
  task<> look() const {
    ++*hits;
    co_return;
  }
};

TEST(spawn, calls_a_member_function_through_a_shared_pointer) {
  run_in([]() -> task<> {
    const auto s = std::make_shared<service>();
    spawn(&service::serve, s, 5);
    spawn(&service::look, s);
    co_await until(s->hits, 6);
    while (s.use_count() != 1)
      co_await aside::yield();
  });
}

task<> with_room(number done, int sequence) {
  std::array<char, 200> data{};
  data[0] = static_cast<char>(sequence);
  co_await aside::yield();
  if (data[0] == static_cast<char>(sequence)) ++*done;
}

TEST(spawn, keeps_the_first_frame_apart_and_later_ones_in_the_block) {
  run_in([]() -> task<> {
    auto done = std::make_shared<std::atomic<int>>(0);
    for (int round = 1; round <= 50; ++round) {
      for (int i = 0; i < round; ++i)
        spawn(&with_room, done, i);
      co_await until(done, round * (round + 1) / 2);
    }
  });
}

TEST(spawn, starts_a_hundred_thousand_tasks_from_one) {
  run_in([]() -> task<> {
    auto done = std::make_shared<std::atomic<int>>(0);
    const int count = scaled(100'000);
    for (int i = 0; i < count; ++i)
      spawn(
          [](number n) -> task<> {
            ++*n;
            co_return;
          },
          done);
    co_await until(done, count);
    EXPECT_EQ(*done, count);
  });
}

task<> chain(number left) {
  if (--*left > 0) spawn(&chain, left);
  co_return;
}

TEST(spawn, chains) {
  run_in([]() -> task<> {
    auto left = std::make_shared<std::atomic<int>>(scaled(100'000));
    spawn(&chain, left);
    while (*left > 0)
      co_await aside::yield();
  });
}

TEST(spawn, never_runs_the_child_on_the_callers_stack) {
  run_on(1, []() -> task<> {
    auto ran = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < 300; ++i) {
      spawn(
          [](number n) -> task<> {
            ++*n;
            co_return;
          },
          ran);
    }
    EXPECT_EQ(*ran, 0);
    co_await until(ran, 300);
  });
}

task<> fails() {
  co_await aside::yield();
  throw std::runtime_error("nobody awaits me");
}

/// Once it has said so, nothing keeps it from failing.
task<> fails_soon(number failing) {
  co_await aside::yield();
  ++*failing;
  throw std::runtime_error("nobody awaits me");
}

TEST(spawn, reports_the_failure_of_a_detached_task_with_its_site) {
  testing::internal::CaptureStderr();
  const int line = __LINE__ + 3;
  run_in([]() -> task<> {
    auto failing = std::make_shared<std::atomic<int>>(0);
    spawn(&fails_soon, failing);
    co_await until(failing, 1);
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("nobody awaits me"), std::string::npos) << said;
  EXPECT_NE(said.find("spawn_test.cpp:" + std::to_string(line)), std::string::npos) << said;
}

TEST(spawn, reports_a_failure_that_is_no_std_exception) {
  testing::internal::CaptureStderr();
  run_on(1, []() -> task<> {
    spawn([]() -> task<> {
      throw 42;
      co_return;
    });
    co_return;  // it has no wait in which it could be stopped
  });
  EXPECT_NE(testing::internal::GetCapturedStderr().find("unknown exception"), std::string::npos);
}

std::atomic<int> heard{0};
std::atomic<unsigned> heard_line{0};

TEST(spawn, tells_the_hook_of_failures_that_nobody_awaits) {
  heard = 0;
  const unsigned line = __LINE__ + 9;
  testing::internal::CaptureStderr();
  const int code = aside::run(
      quiet(2).on_failure([](const std::exception_ptr& e, const std::source_location& where) {
        EXPECT_THROW(std::rethrow_exception(e), std::runtime_error);
        heard_line = where.line();
        ++heard;
      }),
      []() -> task<> {
        spawn(&fails);
        co_await aside::supervise([](nursery& n) -> task<> {
          n.spawn(&fails);
          co_return;
        });
        while (heard < 2)
          co_await aside::yield();
      });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(heard, 2);
  EXPECT_TRUE(heard_line == line || heard_line == line + 2) << heard_line;
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(spawn_death, outside_of_a_runtime_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(spawn(&fails), "outside a runtime.*\n.*spawn_test.cpp");
}

}  // namespace
