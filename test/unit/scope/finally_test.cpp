#include <aside/finally.hpp>

#include <aside/race.hpp>

#include "unit/run_test.hpp"

#include <chrono>
#include <cmath>
#include <system_error>

namespace {

using aside::finally;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<int> body(std::string& log, int yields, bool fail) {
  mourned here(log, "body");
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  if (fail) throw std::runtime_error("body");
  co_return 3;
}
task<> cleanup(std::string& log) {
  log += "begin ";
  co_await aside::sleep_for(1ms);
  log += "end ";
}
task<> failing_cleanup() {
  co_await aside::yield();
  throw std::runtime_error("cleanup");
}
task<int> endless(std::string& log) {
  mourned here(log, "body");
  co_await wait_for_ever();
  co_return 0;
}

TEST(finally, cleans_up_after_a_value_and_gives_it) {
  run_in([]() -> task<> {
    for (const int yields : {0, 2}) {
      std::string log;
      const int got = co_await finally(body(log, yields, false), cleanup(log));
      EXPECT_EQ(got, 3);
      EXPECT_EQ(log, "body begin end ");
    }
  });
}

TEST(finally, cleans_up_after_a_failure_and_rethrows_it) {
  run_in([]() -> task<> {
    std::string log;
    bool caught = false;
    try {
      co_await finally(body(log, 1, true), cleanup(log));
    } catch (const std::runtime_error& e) {
      caught = true;
      EXPECT_STREQ(e.what(), "body");
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(log, "body begin end ");
  });
}

TEST(finally, cleans_up_after_a_stop_which_then_goes_on) {
  run_in([]() -> task<> {
    std::string log;
    const auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      mourned outer(log, "outer");
      co_await finally(endless(log), cleanup(log));
      log += "too far ";
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(log, "body! begin end outer! ");
  });
}

TEST(finally, cleans_up_when_the_stop_had_come_before_it_began) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      co_await finally(endless(log), cleanup(log));
      log += "too far ";
    });
    EXPECT_EQ(log, "body! begin end ");
  });
}

TEST(finally, is_not_disturbed_by_a_stop_during_the_clean_up) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      const auto stops = [&]() -> task<> {
        log += "begin ";
        n.request_stop();
        co_await aside::sleep_for(1ms);
        log += "end ";
      };
      const int got = co_await finally(body(log, 0, false), stops());
      EXPECT_EQ(got, 3);
      co_await aside::yield();
      log += "too far ";
    });
    EXPECT_EQ(log, "body begin end ");
  });
}

TEST(finally, stops_a_clean_up_that_takes_too_long) {
  run_in([]() -> task<> {
    std::string log;
    bool caught = false;
    const auto slow = [&]() -> task<> {
      mourned here(log, "cleanup");
      co_await wait_for_ever();
    };
    try {
      co_await finally(body(log, 0, false), slow(), 2ms);
    } catch (const std::system_error& e) {
      caught = true;
      EXPECT_EQ(e.code(), std::errc::timed_out);
      EXPECT_STREQ(e.what(), "the clean-up of finally: took longer than its time");
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(log, "body cleanup! ");
  });
}

TEST(finally, gives_a_clean_up_as_long_as_any_unit_can_say) {
  const auto ends = [](auto grace) {
    run_on(
        1,
        [](auto g) -> task<> {
          std::string log;
          const int got = co_await finally(body(log, 1, false), cleanup(log), g);
          EXPECT_EQ(got, 3);
          EXPECT_EQ(log, "body begin end ");
        },
        grace);
  };
  ends(std::chrono::hours::max());
  ends(std::chrono::nanoseconds::max());
  ends(std::chrono::duration<int, std::ratio<31'556'952>>::max());
  ends(std::chrono::duration<double>(1e300));
  ends(std::chrono::duration<float, std::ratio<3600>>::max());
}

TEST(finally, stops_a_clean_up_at_once_that_has_no_time) {
  const auto fails = [](auto grace) {
    run_on(
        1,
        [](auto g) -> task<> {
          std::string log;
          bool late = false;
          try {
            co_await finally(body(log, 1, false), wait_for_ever(), g);
          } catch (const std::system_error& e) {
            late = e.code() == std::errc::timed_out;
          }
          EXPECT_TRUE(late);
        },
        grace);
  };
  fails(std::chrono::hours::min());
  fails(std::chrono::nanoseconds::min());
  fails(std::chrono::duration<double>(-1e300));
  fails(std::chrono::duration<double>(std::nan("")));
}

TEST(finally, throws_what_the_clean_up_threw_unless_the_body_has_failed) {
  testing::internal::CaptureStderr();
  run_in([]() -> task<> {
    for (const bool fail : {false, true}) {
      std::string log;
      std::string caught;
      try {
        co_await finally(body(log, 1, fail), failing_cleanup());
      } catch (const std::runtime_error& e) {
        caught = e.what();
      }
      EXPECT_EQ(caught, fail ? "body" : "cleanup");
    }
    std::string log;
    const auto out = co_await aside::timeout(1ms, finally(endless(log), failing_cleanup()));
    EXPECT_FALSE(out.has_value());
  });
  const std::string said = testing::internal::GetCapturedStderr();
  std::size_t lines = 0;
  for (std::size_t at = said.find("has failed: cleanup"); at != std::string::npos;
       at = said.find("has failed: cleanup", at + 1))
    ++lines;
  EXPECT_EQ(lines, 4u) << said;
  EXPECT_NE(said.find("finally_test.cpp:"), std::string::npos) << said;
}

TEST(finally, of_a_loser_is_awaited_by_the_race) {
  run_in([]() -> task<> {
    std::string log;
    auto [lost, late] =
        co_await aside::race(finally(endless(log), cleanup(log)), aside::sleep_for(1ms));
    EXPECT_FALSE(lost);
    EXPECT_TRUE(late);
    EXPECT_EQ(log, "body! begin end ");
  });
}

TEST(finally, gives_references_and_nothing) {
  run_in([]() -> task<> {
    std::string log;
    int n = 0;
    const auto refer = [&]() -> task<int&> { co_return n; };
    int& same = co_await finally(refer(), cleanup(log));
    EXPECT_EQ(&same, &n);
    co_await finally(cleanup(log), cleanup(log));
  });
}

}  // namespace
