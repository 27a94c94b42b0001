#include "unit/run_test.hpp"

#include <chrono>
#include <thread>

namespace {

using aside::event;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

static_assert(sizeof(event) == 8);

TEST(event, that_is_set_lets_one_wait_through) {
  run_in([]() -> task<> {
    event e;
    e.set();
    co_await e.wait();
    const auto again = co_await aside::timeout(1ms, [&]() -> task<> { co_await e.wait(); }());
    EXPECT_FALSE(again.has_value());
  });
}

TEST(event, set_twice_is_like_once) {
  run_in([]() -> task<> {
    event e;
    e.set();
    e.set();
    co_await e.wait();
    const auto again = co_await aside::timeout(1ms, [&]() -> task<> { co_await e.wait(); }());
    EXPECT_FALSE(again.has_value());
  });
}

task<> ping(event& mine, event& yours, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    yours.set();
    co_await mine.wait();
  }
}
task<> pong(event& mine, event& yours, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    co_await mine.wait();
    yours.set();
  }
}

TEST(event, wakes_its_waiter_and_is_reusable) {
  run_in([]() -> task<> {
    event a;
    event b;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&ping, std::ref(a), std::ref(b), scaled(50'000));
      n.spawn(&pong, std::ref(b), std::ref(a), scaled(50'000));
      co_return;
    });
  });
}

TEST(event, is_set_by_a_foreign_thread_while_the_runtime_sleeps) {
  run_in([]() -> task<> {
    event answered;
    std::atomic<bool> over = false;
    std::atomic<int> wanted = 0;
    std::jthread other([&] {
      for (int done = 0; !over;) {
        wanted.wait(done);
        done = wanted;
        answered.set();
      }
    });
    for (int i = 0; i < 500; ++i) {
      ++wanted;
      wanted.notify_one();
      co_await answered.wait();
    }
    over = true;
    ++wanted;
    wanted.notify_one();
    other.join();
  });
}

// The setter may still be inside `set` when run returns: the event outlives it, the runtime must too.
TEST(event, set_by_a_foreign_thread_may_be_what_ends_the_runtime) {
  for (int i = 0; i < scaled(1000); ++i) {
    event e;
    std::atomic<bool> begun = false;
    std::thread other([&] {
      begun.wait(false);
      e.set();
    });
    const int code = aside::run(quiet(1 + static_cast<unsigned>(i % 2)), [&]() -> task<> {
      begun = true;
      begun.notify_one();
      co_await e.wait();
    });
    EXPECT_EQ(code, 0);
    other.join();
  }
}

TEST(event, set_by_a_foreign_thread_wakes_a_local_child_on_its_core) {
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(500); ++i) {
      event e;
      std::jthread other([&] { e.set(); });
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          const std::thread::id here = std::this_thread::get_id();
          co_await e.wait();
          EXPECT_EQ(std::this_thread::get_id(), here);
        });
        co_return;
      });
    }
  });
}

TEST(event, keeps_a_signal_that_meets_a_stopped_waiter) {
  run_in([]() -> task<> {
    event e;
    co_await aside::scope([&](nursery& n) -> task<> {
      e.set();
      n.request_stop();
      co_await e.wait();
      ADD_FAILURE() << "stopped before it takes the signal";
    });
    co_await e.wait();  // completes: the signal was kept
  });
}

TEST(event, that_loses_its_waiter_to_a_stop_serves_the_next) {
  run_in([]() -> task<> {
    event e;
    for (int i = 0; i < 3; ++i) {
      const auto out = co_await aside::timeout(1ms, [&]() -> task<> { co_await e.wait(); }());
      EXPECT_FALSE(out.has_value());
    }
    e.set();
    co_await e.wait();
  });
}

task<> wait_once(event& e, std::atomic<int>& got) {
  co_await e.wait();
  ++got;
}

TEST(event, gives_its_signal_either_to_the_waiter_or_to_the_next_one) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(3000); ++i) {
      event e;
      std::atomic<int> got = 0;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&wait_once, std::ref(e), std::ref(got));
        n.spawn(
            [](event& mine) -> task<> {
              mine.set();
              co_return;
            },
            std::ref(e));
        if (i % 2 != 0) co_await aside::yield();
        n.request_stop();
        co_return;
      });
      if (got == 0) co_await e.wait();  // hangs if the signal was lost
    }
  });
}

TEST(event_death, a_second_waiter_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        event e;
                        co_await aside::scope([&](nursery& n) -> task<> {
                          n.spawn_local([&]() -> task<> { co_await e.wait(); });
                          n.spawn_local([&]() -> task<> { co_await e.wait(); });
                          co_return;
                        });
                      }),
               "two tasks or branches wait for one event.*\n.*event_test.cpp");
}

}  // namespace
