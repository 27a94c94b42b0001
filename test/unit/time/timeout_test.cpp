#include "unit/run_test.hpp"

#include <chrono>
#include <memory>

namespace {

using aside::nursery;
using aside::task;
using aside::timed_out;
using aside::timeout;
using namespace aside_test;
using namespace std::chrono_literals;

constexpr auto long_enough = 1h;  // never reached

task<int> value_now(int v) { co_return v; }
task<int> value_later(int v) {
  co_await aside::sleep_for(2ms);
  co_return v;
}
task<int> no_value() {
  co_await wait_for_ever();
  co_return 0;
}

TEST(timeout, gives_the_value_when_it_comes_in_time) {
  run_in([]() -> task<> {
    const auto now = co_await timeout(long_enough, value_now(1));
    const auto later = co_await timeout(long_enough, value_later(2));
    EXPECT_EQ(now, 1);
    EXPECT_EQ(later, 2);
  });
}

TEST(timeout, says_timed_out_when_it_does_not) {
  run_in([]() -> task<> {
    const auto begin = std::chrono::steady_clock::now();
    const auto out = co_await timeout(3ms, no_value());
    EXPECT_EQ(out, std::unexpected(timed_out()));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 3ms);
  });
}

TEST(timeout, of_zero_or_less_still_delivers_what_is_ready_at_once) {
  run_in([]() -> task<> {
    EXPECT_EQ(co_await timeout(0ms, value_now(1)), 1);
    EXPECT_EQ(co_await timeout(-1h, value_now(2)), 2);
    const auto none = co_await timeout(0ms, no_value());
    EXPECT_FALSE(none.has_value());
  });
}

TEST(timeout, of_the_largest_duration_waits) {
  run_in([]() -> task<> {
    EXPECT_EQ(co_await timeout(std::chrono::hours::max(), value_later(1)), 1);
    EXPECT_EQ(co_await timeout(std::chrono::nanoseconds::max(), value_later(2)), 2);
    EXPECT_EQ(co_await timeout(std::chrono::duration<double>(1e300), value_later(3)), 3);
    EXPECT_EQ(co_await timeout(std::chrono::duration<float>::max(), value_later(4)), 4);
  });
}

TEST(timeout, of_the_smallest_duration_is_over_at_once) {
  run_in([]() -> task<> {
    const auto hours = co_await timeout(std::chrono::hours::min(), no_value());
    const auto nanoseconds = co_await timeout(std::chrono::nanoseconds::min(), no_value());
    const auto doubles = co_await timeout(std::chrono::duration<double>(-1e300), no_value());
    EXPECT_FALSE(hours || nanoseconds || doubles);
  });
}

task<> nested(std::chrono::milliseconds outer, std::chrono::milliseconds inner, std::string& log) {
  const auto out = co_await timeout(outer, [&]() -> task<int> {
    const auto in = co_await timeout(inner, no_value());
    log += in.has_value() ? "value " : "inner ";
    co_return 5;
  }());
  log += out.has_value() ? "went on" : "outer";
}

TEST(timeout, inside_a_longer_one_is_caught_inside) {
  run_in([]() -> task<> {
    std::string log;
    co_await nested(1h, 2ms, log);
    EXPECT_EQ(log, "inner went on");
  });
}

TEST(timeout, inside_a_shorter_one_is_caught_outside) {
  run_in([]() -> task<> {
    std::string log;
    co_await nested(2ms, 1h, log);
    EXPECT_EQ(log, "outer");
  });
}

TEST(timeout, inside_an_equal_one_is_caught_by_one_of_them) {
  run_in([]() -> task<> {
    for (int i = 0; i < 5; ++i) {
      std::string log;
      co_await nested(1ms, 1ms, log);
      EXPECT_TRUE(log == "outer" || log == "inner went on") << log;
    }
  });
}

TEST(timeout, rethrows_what_was_thrown_inside) {
  run_in([]() -> task<> {
    for (const bool wait : {false, true}) {
      bool caught = false;
      try {
        const auto out = co_await timeout(1h, [](bool w) -> task<int> {
          if (w) co_await aside::sleep_for(1ms);
          throw std::runtime_error("inside");
        }(wait));
        static_cast<void>(out);
      } catch (const std::runtime_error&) {
        caught = true;
      }
      EXPECT_TRUE(caught);
    }
  });
}

TEST(timeout, delivers_what_can_only_be_moved_and_nothing) {
  run_in([]() -> task<> {
    auto out = co_await timeout(1h, []() -> task<std::unique_ptr<int>> {
      co_await aside::yield();
      co_return std::make_unique<int>(3);
    }());
    EXPECT_TRUE(out.has_value());
    if (out) {
      EXPECT_EQ(**out, 3);
    }
    const auto nothing = co_await timeout(1h, []() -> task<> { co_await aside::yield(); }());
    EXPECT_TRUE(nothing.has_value());
  });
}

TEST(timeout, gives_a_pointer_for_a_reference) {
  run_in([]() -> task<> {
    int n = 0;
    const auto refer = [&](bool wait) -> task<int&> {
      if (wait) co_await wait_for_ever();
      co_return n;
    };
    const auto got = co_await timeout(long_enough, refer(false));
    static_assert(std::same_as<decltype(got), const std::expected<int*, timed_out>>);
    EXPECT_EQ(got, &n);
    const auto out = co_await timeout(1ms, refer(true));
    EXPECT_EQ(out, std::unexpected(timed_out()));
  });
}

TEST(timeout, lets_a_value_that_is_still_delivered_win) {
  run_in([]() -> task<> {
    const auto out = co_await timeout(1ms, []() -> task<int> {
      const auto until = std::chrono::steady_clock::now() + 4ms;
      while (std::chrono::steady_clock::now() < until) {
      }
      co_return 9;  // never waits, so the stop is never seen
    }());
    EXPECT_EQ(out, 9);
  });
}

TEST(timeout, around_a_scope_awaits_its_children) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto out = co_await timeout(
        2ms, aside::scope([&](nursery& n) -> task<int> {
          for (int i = 0; i < 50; ++i)
            n.spawn([](counted) -> task<> { co_await wait_for_ever(); }, counted(book));
          co_return 1;
        }));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(book->live, 0);
  });
}

TEST(timeout, is_inherited_by_children_that_wait_in_a_timeout_of_their_own) {
  run_in([]() -> task<> {
    std::atomic<int> inner = 0;
    const auto out = co_await timeout(3ms, aside::scope([&](nursery& n) -> task<> {
                                        n.spawn_local([&]() -> task<> {
                                          const auto in = co_await timeout(1h, no_value());
                                          static_cast<void>(in);
                                          ++inner;
                                        });
                                        co_return;
                                      }));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(inner, 0) << "the stop from outside is not the inner timeout's";
  });
}

// A scope that should have a value, and is stopped from inside, has none: that is not this timeout's
// doing, so the stop goes on outwards and ends the task.
TEST(timeout, does_not_claim_a_stop_that_was_not_its_own) {
  run_in([]() -> task<> {
    bool returned = false;
    co_await aside::scope([&](aside::nursery& outer) -> task<> {
      outer.spawn_local([&]() -> task<> {
        const auto end = co_await aside::timeout(
            1h, aside::scope([](aside::nursery& n) -> task<int> {
              n.request_stop();
              co_await aside::sleep_for(1h);
              co_return 1;
            }));
        static_cast<void>(end);
        returned = true;
      });
      co_return;
    });
    EXPECT_FALSE(returned);
  });
}

TEST(timeout, leaves_no_timer_behind) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(200'000); ++i) {
      const auto out = co_await timeout(1h, value_now(i));
      if (out != i) ADD_FAILURE();
    }
  });
}

TEST(timeout, that_is_left_on_another_core_than_it_was_entered_on_is_forgotten_there) {
  run_on(2, []() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      for (int i = 0; i < 40; ++i)
        n.spawn([]() -> task<> {
          for (int k = 0; k < scaled(2000); ++k) {
            const auto out = co_await timeout(k % 2 == 0 ? 1h : 1us, []() -> task<> {
              for (int y = 0; y < 3; ++y)
                co_await aside::yield();
            }());
            if (k % 2 == 0) {
              EXPECT_TRUE(out.has_value());
            }
          }
        });
      co_return;
    });
  });
}

task<int> holding(counted) {
  co_await wait_for_ever();
  co_return 0;
}

TEST(timeout, that_is_dropped_is_reported_and_destroys_its_task) {
  auto book = std::make_shared<tally>();
  testing::internal::CaptureStderr();
  static_cast<void>(timeout(1s, holding(counted(book))));
  EXPECT_EQ(book->live, 0);
  {
    auto&& dropped = timeout(1s, holding(counted(book)));
    static_cast<void>(dropped);
    EXPECT_EQ(book->live, 1);
  }
  EXPECT_EQ(book->live, 0);
  const std::string said = testing::internal::GetCapturedStderr();
  const auto first = said.find("holding");
  EXPECT_NE(first, std::string::npos) << said;
  EXPECT_NE(said.find("holding", first + 1), std::string::npos) << said;
  EXPECT_NE(said.find("timeout_test.cpp:"), std::string::npos) << said;
}

}  // namespace
