#include <aside/stop_token.hpp>

#include "unit/run_test.hpp"

#include <chrono>
#include <thread>

namespace {

using aside::nursery;
using aside::stop_when;
using aside::task;
using aside::with_stop_token;
using namespace aside_test;
using namespace std::chrono_literals;

task<int> waits(std::string& log) {
  mourned here(log, "x");
  co_await wait_for_ever();
  co_return 0;
}
task<int> number(int n) {
  co_await aside::yield();
  co_return n;
}

TEST(stop_when, gives_the_value_when_nobody_asks) {
  run_in([]() -> task<> {
    std::stop_source source;
    EXPECT_EQ(co_await stop_when(source.get_token(), number(3)), 3);
    EXPECT_EQ(co_await stop_when(std::stop_token(), number(4)), 4);
  });
}

TEST(stop_when, is_stopped_by_a_request_before_during_and_from_a_thread) {
  run_in([]() -> task<> {
    std::string log;
    std::stop_source before;
    before.request_stop();
    auto out = co_await stop_when(before.get_token(), waits(log));
    EXPECT_FALSE(out.has_value());
    std::stop_source during;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        during.request_stop();
        co_return;
      });
      out = co_await stop_when(during.get_token(), waits(log));
      EXPECT_FALSE(out.has_value());
      co_await aside::yield();
    });
    for (int i = 0; i < scaled(200); ++i) {
      std::stop_source from_thread;
      std::thread other([&] { from_thread.request_stop(); });
      out = co_await stop_when(from_thread.get_token(), waits(log));
      EXPECT_FALSE(out.has_value());
      other.join();
    }
    EXPECT_EQ(log.find("x "), std::string::npos);
  });
}

TEST(stop_when, leaves_a_stop_from_outside_alone) {
  run_in([]() -> task<> {
    std::string log;
    std::stop_source source;
    const auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      co_await stop_when(source.get_token(), waits(log));
      log += "too far ";
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(log, "x! ");
  });
}

TEST(with_stop_token, asks_the_token_when_the_task_is_stopped) {
  run_in([]() -> task<> {
    std::stop_token seen;
    const auto out =
        co_await aside::timeout(1ms, with_stop_token([&](std::stop_token token) -> task<int> {
                                  seen = token;
                                  EXPECT_FALSE(token.stop_requested());
                                  co_await wait_for_ever();
                                  co_return 1;
                                }));
    EXPECT_FALSE(out.has_value());
    EXPECT_TRUE(seen.stop_requested());
  });
}

TEST(stop_when, gives_a_pointer_for_a_reference) {
  run_in([]() -> task<> {
    int n = 1;
    const auto refer = [&]() -> task<int&> { co_return n; };
    std::stop_source source;
    const auto got = co_await stop_when(source.get_token(), refer());
    EXPECT_EQ(got, &n);
  });
}

TEST(with_stop_token, gives_what_the_function_gives) {
  run_in([]() -> task<> {
    int n = 1;
    const int got = co_await with_stop_token(
        [&](std::stop_token) -> task<int> { co_return co_await number(n); });
    EXPECT_EQ(got, 1);
    int& same = co_await with_stop_token([&](std::stop_token) -> task<int&> { co_return n; });
    EXPECT_EQ(&same, &n);
    co_await with_stop_token([](std::stop_token) -> task<> { co_await aside::yield(); });
    bool caught = false;
    try {
      co_await with_stop_token([](std::stop_token) -> task<> {
        co_await aside::yield();
        throw std::runtime_error("inside");
      });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
}

}  // namespace
