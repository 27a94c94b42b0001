// What may be used inside of compute, and how many CPUs it takes.

#include "unit/gate.hpp"
#include "unit/run_test.hpp"

#include <aside/compute.hpp>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <execution>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

namespace {

using aside::compute;
using aside::nursery;
using aside::task;
using namespace aside_test;

std::vector<int> squares(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  tbb::parallel_for(0, n, [&](int i) { all[static_cast<std::size_t>(i)] = i * i; });
  return all;
}

TEST(arena, runs_a_parallel_loop) {
  run_in([]() -> task<> {
    const std::vector<int> all = co_await compute(squares, 10'000);
    EXPECT_EQ(all.size(), 10'000u);
    for (int i = 0; i < 10'000; ++i)
      EXPECT_EQ(all[static_cast<std::size_t>(i)], i * i);
  });
}

TEST(arena, runs_the_standard_library_s_parallel_algorithms) {
  run_in([]() -> task<> {
    const auto sorted = [](std::vector<int> v) {
      std::sort(std::execution::par, v.begin(), v.end());
      return v;
    };
    std::vector<int> numbers(20'000);
    std::iota(numbers.rbegin(), numbers.rend(), 0);
    numbers = co_await compute(sorted, std::move(numbers));
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    const auto sum_of = [](std::vector<int> v) {
      return std::reduce(std::execution::par, v.begin(), v.end(), 0L);
    };
    const long sum = co_await compute(sum_of, std::move(numbers));
    EXPECT_EQ(sum, 199'990'000);
  });
}

TEST(arena, rethrows_what_a_parallel_loop_threw) {
  run_in([]() -> task<> {
    const auto fails = [] {
      tbb::parallel_for(0, 1000, [](int i) {
        if (i == 500) throw std::runtime_error("number 500");
      });
    };
    std::string caught;
    try {
      co_await compute(fails);
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "number 500");
  });
}

/// How many threads are in parallel loops at this moment, and how many there were at most.
struct crowd {
  std::atomic<int> now{0};
  std::atomic<int> most{0};

  void enter() {
    const int n = ++now;
    for (int m = most; m < n && !most.compare_exchange_weak(m, n);)
      ;
  }
  void leave() { --now; }
};

void crowded_loop(std::shared_ptr<crowd> c) {
  tbb::parallel_for(0, 200, [&](int) {
    c->enter();
    std::this_thread::yield();
    c->leave();
  });
}

TEST(arena, of_all_calls_and_runtimes_has_no_more_threads_than_cpus) {
  auto c = std::make_shared<crowd>();
  unsigned cpus = 0;
  const auto load = [](std::shared_ptr<crowd> mine) -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 20; ++i)
        n.spawn([](std::shared_ptr<crowd> all) -> task<> { co_await compute(crowded_loop, all); },
                mine);
      co_return;
    });
  };
  aside::runtime one(quiet(1));
  aside::runtime two(quiet(1));
  std::thread other([&] { two.block_on(load, c); });
  one.block_on(load, c);
  other.join();
  one.block_on([&]() -> task<> {
    cpus = aside::info().compute_cpus;
    co_return;
  });
  EXPECT_GE(c->most, 1);
  EXPECT_LE(c->most, static_cast<int>(cpus));
  EXPECT_EQ(c->now, 0);
}

TEST(arena, is_as_large_as_the_cpus) {
  run_on(1, []() -> task<> {
    const int size = co_await compute(&tbb::this_task_arena::max_concurrency);
    EXPECT_EQ(size, static_cast<int>(aside::info().compute_cpus));
  });
}

TEST(arena, never_runs_another_call_inside_a_parallel_loop) {
  run_in([]() -> task<> {
    // A call that began inside another's loop, on its thread, would find the lock taken by itself.
    auto lock = std::make_shared<std::mutex>();
    auto calls = std::make_shared<std::atomic<int>>(0);
    using shared_lock = std::shared_ptr<std::mutex>;
    using counter = std::shared_ptr<std::atomic<int>>;
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < scaled(200); ++i)
        n.spawn(
            [](shared_lock l, counter c) -> task<> {
              const auto locked = [](shared_lock mine, counter count) {
                const std::scoped_lock held(*mine);
                tbb::parallel_for(0, 100, [](int) { std::this_thread::yield(); });
                ++*count;
              };
              co_await compute(locked, l, c);
            },
            lock, calls);
      co_return;
    });
    EXPECT_EQ(*calls, scaled(200));
  });
}

}  // namespace
