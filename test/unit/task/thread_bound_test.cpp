#include "unit/run_test.hpp"

#include <aside/thread_bound.hpp>

#include <thread>
#include <vector>

namespace {

using aside::nursery;
using aside::task;
using aside::thread_bound;
using namespace aside_test;

static_assert(!aside::sendable<thread_bound<int>>);
static_assert(!aside::sendable<std::vector<thread_bound<int>>>);

TEST(thread_bound, is_used_by_tasks_that_stay_on_their_core) {
  run_in([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      n.spawn_local([]() -> task<> {
        thread_bound<int> mine(1);
        for (int i = 0; i < scaled(1000); ++i) {
          co_await aside::yield();
          mine.get() += 1;
        }
        EXPECT_EQ(mine.get(), 1 + scaled(1000));
      });
      for (int i = 0; i < 10; ++i)
        n.spawn([]() -> task<> {
          for (int k = 0; k < scaled(1000); ++k)
            co_await aside::yield();
        });
      co_return;
    });
  });
}

TEST(thread_bound, is_moved_on_its_thread) {
  thread_bound first(std::make_unique<int>(3));
  thread_bound second(std::move(first));
  EXPECT_EQ(*second.get(), 3);
}

TEST(thread_bound_death, used_on_another_thread_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        thread_bound<int> mine(1);
        std::thread([&] { mine.get() = 2; }).join();
      },
      "used on another thread.*\n.*thread_bound_test.cpp");
}

TEST(thread_bound_death, destroyed_on_another_thread_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto mine = std::make_unique<thread_bound<int>>(1);
        std::thread([&] { mine.reset(); }).join();
      },
      "destroyed on another thread.*\n");
}

}  // namespace
