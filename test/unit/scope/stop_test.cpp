// Stops that come from inside, from outside and from a failure, and meet a scope in each of its states.
#include "unit/run_test.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace {

using aside::nursery;
using aside::task;
using aside::timed_out;
using namespace aside_test;
using namespace std::chrono_literals;

task<> count_end(std::atomic<int>* ended) {
  struct at_end {
    std::atomic<int>* ended;
    explicit at_end(std::atomic<int>* e) : ended(e) {}
    at_end(const at_end&) = delete;
    ~at_end() { ++*ended; }
  } end(ended);
  co_await wait_for_ever();
}

TEST(stop_of_a_scope, from_outside_ends_the_children_while_it_joins) {
  run_in([]() -> task<> {
    std::atomic<int> ended = 0;
    const auto out = co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
                                               for (int i = 0; i < 100; ++i)
                                                 n.spawn_local(&count_end, &ended);
                                               co_return;
                                             }));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(ended, 100);
  });
}

TEST(stop_of_a_scope, from_outside_ends_body_and_children_while_the_body_waits) {
  run_in([]() -> task<> {
    std::atomic<int> ended = 0;
    const auto out = co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
                                               for (int i = 0; i < 10; ++i)
                                                 n.spawn_local(&count_end, &ended);
                                               co_await count_end(&ended);
                                             }));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(ended, 11);
  });
}

TEST(stop_of_a_scope, is_seen_by_a_join_that_begins_after_the_request) {
  run_in([]() -> task<> {
    std::atomic<int> ended = 0;
    co_await aside::scope([&](nursery& outer) -> task<> {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(&count_end, &ended);
        outer.request_stop();
        co_return;
      });
      ADD_FAILURE() << "the stop of the outer scope travels on";
    });
    EXPECT_EQ(ended, 1);
  });
}

TEST(stop_of_a_scope, from_outside_travels_on_after_the_children) {
  run_in([]() -> task<> {
    std::string log;
    const auto out = co_await aside::timeout(1ms, [&]() -> task<> {
      mourned outer(log, "outer");
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          mourned child(log, "child");
          co_await wait_for_ever();
        });
        co_return;
      });
      log += "unreachable";
    }());
    EXPECT_EQ(out, std::unexpected(timed_out()));
    EXPECT_EQ(log, "child! outer! ");
  });
}

TEST(stop_of_a_scope, from_inside_returns_normally) {
  run_in([]() -> task<> {
    std::atomic<int> ended = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 70; ++i)
        n.spawn_local(&count_end, &ended);
      co_await aside::yield();
      n.request_stop();
      EXPECT_TRUE(n.stop_requested());
      co_return;
    });
    EXPECT_EQ(ended, 70);
    co_await aside::yield();
  });
}

TEST(stop_of_a_scope, by_a_child_stops_the_waiting_body) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      mourned body(log, "body");
      n.spawn_local([&]() -> task<> {
        n.request_stop();
        co_return;
      });
      co_await wait_for_ever();
    });
    EXPECT_EQ(log, "body! ");
  });
}

TEST(stop_of_a_scope, by_a_child_on_another_core_stops_the_waiting_body) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(2000); ++i) {
      co_await aside::scope([](nursery& n) -> task<> {
        n.spawn(
            [](nursery& mine) -> task<> {
              mine.request_stop();
              co_return;
            },
            std::ref(n));
        co_await wait_for_ever();
      });
    }
  });
}

struct known_nursery {
  std::atomic<nursery*> n{nullptr};
};

}  // namespace

template <>
inline constexpr bool aside::shareable<known_nursery> = true;

namespace {

void await_nursery(const known_nursery& known) {
  while (known.n.load() == nullptr)
    std::this_thread::yield();
}

task<> opens(known_nursery& known) {
  co_await aside::scope([&](nursery& n) -> task<> {
    for (int i = 0; i < 10; ++i)
      n.spawn(&wait_for_ever);
    known.n = &n;
    co_return;
  });
}

// Under AddressSanitizer these fail where the scope does not wait for the call that ends it.
TEST(stop_of_a_scope, by_a_task_that_is_no_child_keeps_the_scope_until_the_call_is_over) {
  run_on(4, []() -> task<> {
    for (int i = 0; i < scaled(1000); ++i) {
      known_nursery known;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&opens, std::ref(known));
        n.spawn(
            [](known_nursery& of) -> task<> {
              while (of.n.load() == nullptr)
                co_await aside::yield();
              of.n.load()->request_stop();
            },
            std::ref(known));
        co_return;
      });
    }
  });
}

TEST(stop_of_a_scope, by_a_foreign_thread_keeps_the_scope_until_the_call_is_over) {
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      known_nursery known;
      std::thread stopper([&] {
        await_nursery(known);
        known.n.load()->request_stop();
      });
      co_await opens(known);
      stopper.join();
    }
  });
}

task<> nest(int depth, std::atomic<int>* ended) {
  co_await aside::scope([&](nursery& n) -> task<> {
    if (depth > 0) {
      n.spawn_local(&nest, depth - 1, ended);
      n.spawn_local(&nest, depth - 1, ended);
    }
    n.spawn_local(&count_end, ended);
    co_return;
  });
}

TEST(stop_of_a_scope, goes_down_through_nested_scopes) {
  run_in([]() -> task<> {
    std::atomic<int> ended = 0;
    const auto out = co_await aside::timeout(2ms, nest(6, &ended));
    EXPECT_FALSE(out.has_value());
    EXPECT_EQ(ended, 127);
  });
}

TEST(stop_of_a_scope, reaches_a_child_that_is_spawned_after_the_request) {
  run_in([]() -> task<> {
    std::atomic<int> ended = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      n.spawn_local(&count_end, &ended);
      co_return;
    });
    EXPECT_EQ(ended, 1);
  });
}

TEST(stop_of_a_scope, ends_a_loop_that_only_yields) {
  run_in([]() -> task<> {
    const auto out = co_await aside::timeout(1ms, []() -> task<> {
      for (;;)
        co_await aside::yield();
    }());
    EXPECT_FALSE(out.has_value());
  });
}

TEST(stop_of_a_scope, ends_a_loop_whose_every_wait_is_ready) {
  run_in([]() -> task<> {
    const auto out = co_await aside::timeout(1ms, []() -> task<> {
      aside::event e;
      for (;;) {
        e.set();
        co_await e.wait();
      }
    }());
    EXPECT_FALSE(out.has_value());
  });
}

TEST(stop_of_the_runtime, ends_detached_tasks_and_their_scopes) {
  std::atomic<int> ended = 0;
  static std::atomic<int>* counter = nullptr;
  counter = &ended;
  run_in([]() -> task<> {
    for (int i = 0; i < 50; ++i)
      aside::spawn([]() -> task<> { co_await nest(2, counter); });
    for (int i = 0; i < 100; ++i)
      co_await aside::yield();
  });
  EXPECT_EQ(ended, 2 * 50 * 7);
}

}  // namespace
