// Atomic read-modify-writes of a cycle, on one core: each costs as much as a whole coroutine.
#include "unit/run_test.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;

constexpr int cycles = 1000;

class counted_cycles {
 public:
  counted_cycles() : before_(read_modify_writes) {}
  /// For each cycle; what happens once in a while is rounded away.
  [[nodiscard]] unsigned long long each() const {
    return (read_modify_writes - before_ + cycles / 10) / cycles;
  }

 private:
  unsigned long long before_;
};

TEST(read_modify_writes, of_a_detached_task_are_none) {
  run_on(1, []() -> task<> {
    counted_cycles count;
    for (int i = 0; i < cycles; ++i) {
      aside::spawn([]() -> task<> { co_return; });
      co_await aside::yield();
    }
    EXPECT_EQ(count.each(), 0u);
  });
}

TEST(read_modify_writes, of_a_yield_are_none) {
  run_on(1, []() -> task<> {
    counted_cycles count;
    for (int i = 0; i < cycles; ++i)
      co_await aside::yield();
    EXPECT_EQ(count.each(), 0u);
  });
}

TEST(read_modify_writes, of_a_child_are_none) {
  run_on(1, []() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      counted_cycles count;
      for (int i = 0; i < cycles; ++i) {
        n.spawn([]() -> task<> { co_return; });
        co_await aside::yield();
      }
      EXPECT_EQ(count.each(), 0u);
    });
  });
}

TEST(read_modify_writes, of_a_oneshot_whose_value_is_there_are_one) {
  run_on(1, []() -> task<> {
    counted_cycles count;
    for (int i = 0; i < cycles; ++i) {
      auto [send, receive] = aside::oneshot<int>();
      send.set(i);
      const int got = co_await receive;
      EXPECT_EQ(got, i);
    }
    EXPECT_EQ(count.each(), 1u);
  });
}

TEST(read_modify_writes, of_a_oneshot_that_is_waited_for_are_two) {
  run_on(1, []() -> task<> {
    counted_cycles count;
    for (int i = 0; i < cycles; ++i) {
      auto [send, receive] = aside::oneshot<int>();
      aside::spawn(
          [](aside::oneshot_sender<int> s, int value) -> task<> {
            s.set(value);
            co_return;
          },
          std::move(send), i);
      const int got = co_await receive;
      EXPECT_EQ(got, i);
    }
    EXPECT_EQ(count.each(), 2u);
  });
}

TEST(read_modify_writes, of_a_join_are_one_when_done_and_two_when_waited_for) {
  run_on(1, []() -> task<> {
    for (const bool done : {true, false}) {
      counted_cycles count;
      for (int i = 0; i < cycles; ++i) {
        auto h = aside::spawn_joinable([](int n) -> task<int> { co_return n; }, i);
        if (done) co_await aside::yield();
        EXPECT_EQ(h.done(), done);
        const int got = co_await h.join();
        EXPECT_EQ(got, i);
      }
      EXPECT_EQ(count.each(), done ? 1u : 2u);
    }
  });
}

TEST(read_modify_writes, of_a_stop_by_a_handle_are_five_and_none_when_the_task_has_ended) {
  run_on(1, []() -> task<> {
    std::vector<aside::join_handle<>> all;
    for (int i = 0; i < cycles; ++i)
      all.push_back(aside::spawn_joinable(&wait_for_ever));
    co_await aside::sleep_for(std::chrono::milliseconds(1));  // all have had their turn
    for (const auto expected : {5u, 0u}) {
      counted_cycles count;
      for (auto& h : all)
        h.request_stop();
      EXPECT_EQ(count.each(), expected);
      for (const auto& h : all)
        while (!h.done())
          co_await aside::yield();
    }
  });
}

/// By a thread that is no core, of tasks that a busy core takes.
TEST(read_modify_writes, of_a_spawn_by_a_handle_are_one) {
  aside::runtime rt(quiet(1));
  const auto over = std::make_shared<std::atomic<bool>>(false);
  rt.spawn(
      [](std::shared_ptr<std::atomic<bool>> until) -> task<> {
        while (!*until)
          co_await aside::yield();
      },
      over);
  const auto handle = rt.handle();
  counted_cycles count;
  for (int i = 0; i < cycles; ++i)
    handle.spawn([]() -> task<> { co_return; });
  EXPECT_EQ(count.each(), 1u);
  *over = true;
}

TEST(read_modify_writes, of_an_event_are_one_to_set_and_one_to_wait) {
  run_on(1, []() -> task<> {
    aside::event e;
    counted_cycles count;
    for (int i = 0; i < cycles; ++i) {
      e.set();
      co_await e.wait();
    }
    EXPECT_EQ(count.each(), 2u);
  });
}

}  // namespace
