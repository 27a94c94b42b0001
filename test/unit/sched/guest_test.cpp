// A runtime that is destroyed while threads are in block_on.

#include "unit/run_test.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace {

using aside::runtime;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

using number = std::shared_ptr<std::atomic<int>>;

task<int> twice(int n) {
  co_await aside::yield();
  co_return 2 * n;
}

/// With what block_on(fn, args...) has failed.
template <class F, class... A>
std::error_code error_of_block_on(runtime& rt, F fn, A&&... args) {
  try {
    static_cast<void>(rt.block_on(fn, std::forward<A>(args)...));
  } catch (const std::system_error& e) {
    return e.code();
  }
  return {};
}

void await_count(const std::atomic<int>& n, int many) {
  for (int seen = n; seen != many; seen = n)
    n.wait(seen);
}
void add_one(std::atomic<int>& n) {
  ++n;
  n.notify_all();
}

task<> waits_an_hour(std::shared_ptr<tally> book, std::atomic<int>& begun) {
  const counted here(std::move(book));
  add_one(begun);
  co_await aside::sleep_for(1h);
}

// Of several threads the first drives the guest core, and the others sleep.
TEST(block_on, ends_when_the_runtime_is_destroyed_by_another_thread) {
  auto book = std::make_shared<tally>();
  for (const unsigned workers : {1u, 2u}) {
    for (const bool runs_tasks : {true, false}) {
      for (const unsigned many : {1u, 3u}) {
        SCOPED_TRACE(testing::Message() << "workers: " << workers << ", guest runs tasks: "
                                        << runs_tasks << ", threads: " << many);
        for (int round = 0; round < scaled(30); ++round) {
          auto rt = std::make_unique<runtime>(quiet(workers).block_on_runs_tasks(runs_tasks));
          std::atomic<int> begun = 0;
          std::vector<std::error_code> codes(many);
          std::vector<std::jthread> threads;
          for (std::error_code& code : codes)
            threads.emplace_back([&book, &begun, &code, &there = *rt] {
              code = error_of_block_on(there, &waits_an_hour, book, begun);
            });
          await_count(begun, static_cast<int>(many));
          rt.reset();
          EXPECT_EQ(book->live, 0);
          threads.clear();
          for (const std::error_code& code : codes)
            EXPECT_EQ(code, aside::errc::stopped);
        }
      }
    }
  }
}

TEST(block_on, gives_a_value_that_comes_while_the_runtime_is_destroyed) {
  for (const bool runs_tasks : {true, false}) {
    auto rt = std::make_unique<runtime>(quiet(1).block_on_runs_tasks(runs_tasks));
    std::atomic<int> begun = 0;
    int value = 0;
    std::jthread other([&value, &begun, &there = *rt] {
      const auto body = [](std::atomic<int>& n) -> task<int> {
        add_one(n);
        const auto ended = co_await aside::try_stopped(wait_for_ever());
        EXPECT_FALSE(ended.has_value());
        co_return 7;
      };
      value = there.block_on(body, begun);
    });
    await_count(begun, 1);
    rt.reset();
    other.join();
    EXPECT_EQ(value, 7);
  }
}

/// When it is stopped its end takes until `may_end`.
task<> ends_late(std::atomic<int>& begun, std::atomic<int>& ends, std::atomic<int>& may_end) {
  struct at_end {
    std::atomic<int>& ends;
    std::atomic<int>& may;
    at_end(std::atomic<int>& e, std::atomic<int>& m) : ends(e), may(m) {}
    at_end(const at_end&) = delete;
    ~at_end() {
      add_one(ends);
      await_count(may, 1);
    }
  } const late(ends, may_end);
  add_one(begun);
  co_await aside::sleep_for(1h);
}

TEST(block_on, is_stopped_before_it_begins_while_the_runtime_is_destroyed) {
  for (const bool runs_tasks : {true, false}) {
    auto rt = std::make_unique<runtime>(quiet(1).block_on_runs_tasks(runs_tasks));
    std::atomic<int> begun = 0;
    std::atomic<int> ends = 0;
    std::atomic<int> may_end = 0;
    std::atomic<int> ran = 0;
    std::jthread first([&, &there = *rt] {
      EXPECT_EQ(error_of_block_on(there, &ends_late, begun, ends, may_end), aside::errc::stopped);
    });
    std::jthread second([&, &there = *rt] {
      await_count(ends, 1);
      const std::error_code code = error_of_block_on(
          there,
          [](std::atomic<int>& n) -> task<> {
            add_one(n);
            co_return;
          },
          ran);
      EXPECT_EQ(code, aside::errc::stopped);
      add_one(may_end);
    });
    await_count(begun, 1);
    rt.reset();
    EXPECT_EQ(may_end, 1);
    first.join();
    second.join();
    EXPECT_EQ(ran, 0);
  }
}

using runtime_ptr = std::shared_ptr<std::atomic<runtime*>>;

// A runtime awaits its calls of blocking, so they may use it to the end.
TEST(block_on, by_a_blocking_call_is_stopped_when_the_runtime_is_destroyed) {
  for (const bool runs_tasks : {true, false}) {
    for (int round = 0; round < scaled(50); ++round) {
      auto rt = std::make_unique<runtime>(quiet(1).block_on_runs_tasks(runs_tasks));
      const runtime_ptr there = std::make_shared<std::atomic<runtime*>>(rt.get());
      const number calls = std::make_shared<std::atomic<int>>(0);
      const number over = std::make_shared<std::atomic<int>>(0);
      rt->spawn(
          [](runtime_ptr at, number n, number end) -> task<> {
            co_await aside::blocking(
                [](runtime_ptr of, number count, number last) {
                  std::error_code code;
                  while (!code) {
                    code = error_of_block_on(*of->load(), &twice, 1);
                    add_one(*count);
                  }
                  EXPECT_EQ(code, aside::errc::stopped);
                  *last = 1;
                },
                at, n, end);
          },
          there, calls, over);
      while (*calls < 10)
        std::this_thread::yield();
      rt.reset();
      EXPECT_EQ(*over, 1);
    }
  }
}

}  // namespace
