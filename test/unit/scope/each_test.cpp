#include "unit/run_test.hpp"

#include <chrono>
#include <functional>
#include <numeric>
#include <vector>

namespace {

using aside::each;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

struct watch {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  std::atomic<int> sum{0};
};
struct job {
  std::shared_ptr<watch> seen;
  int value = 0;
};

task<> work(job j) {
  const int now = ++j.seen->now;
  for (int most = j.seen->most; now > most;)
    if (j.seen->most.compare_exchange_weak(most, now)) break;
  for (int i = 0; i < 1 + j.value % 3; ++i)
    co_await aside::yield();
  if (j.value % 50 == 0) co_await aside::sleep_for(100us);
  j.seen->sum += j.value;
  --j.seen->now;
}

std::vector<job> jobs(int count) {
  std::vector<job> all;
  const auto seen = std::make_shared<watch>();
  for (int i = 1; i <= count; ++i)
    all.push_back(job{seen, i});
  return all;
}

TEST(each, runs_for_every_element_and_never_more_than_so_many) {
  run_in([]() -> task<> {
    for (const std::size_t at_most : {0u, 1u, 3u, 1000u}) {
      const std::vector<job> all = jobs(300);
      co_await each(all, at_most, &work);
      EXPECT_EQ(all[0].seen->sum, 300 * 301 / 2);
      EXPECT_LE(all[0].seen->most, at_most == 0 ? 1 : static_cast<int>(at_most));
      if (at_most == 1000) {
        EXPECT_GT(all[0].seen->most, 3);
      }
      EXPECT_EQ(all[0].seen.use_count(), 300) << "every task has gone";
    }
  });
}

TEST(each, of_nothing_returns) {
  run_in([]() -> task<> { co_await each(std::vector<job>(), 3, &work); });
}

TEST(each, rethrows_the_first_failure_and_begins_no_more) {
  run_on(1, []() -> task<> {
    std::vector<job> all = jobs(100);
    bool caught = false;
    try {
      co_await each(all, 4, [](job j) -> task<> {
        ++j.seen->sum;
        co_await aside::yield();
        if (j.value == 10) throw std::runtime_error("the tenth");
      });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_GE(all[0].seen->sum, 10);
    EXPECT_LE(all[0].seen->sum, 20);
  });
}

TEST(each, that_is_stopped_stops_and_awaits_its_tasks) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        std::vector<std::shared_ptr<tally>> all(20, b);
        const auto out =
            co_await aside::timeout(2ms, each(all, 5, [](std::shared_ptr<tally> mine) -> task<> {
                                      const counted here(mine);
                                      co_await wait_for_ever();
                                    }));
        EXPECT_FALSE(out.has_value());
        EXPECT_EQ(b->live, 0);
      },
      book);
}

// ---- nursery_ref

task<> add_sibling(aside::nursery_ref siblings, std::shared_ptr<std::atomic<int>> n, int depth) {
  co_await aside::yield();
  ++*n;
  if (depth > 0)
    for (int i = 0; i < 2; ++i)
      siblings.spawn(&add_sibling, siblings, n, depth - 1);
}

TEST(nursery_ref, keeps_the_scope_open_for_siblings) {
  run_in([]() -> task<> {
    auto n = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](aside::nursery& children) -> task<> {
      children.spawn(&add_sibling, aside::nursery_ref(children), n, 9);
      co_return;
    });
    EXPECT_EQ(*n, 1023);
    EXPECT_EQ(n.use_count(), 1);
  });
}

TEST(nursery_ref, held_by_a_task_elsewhere_is_awaited) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(300); ++i) {
      auto n = std::make_shared<std::atomic<int>>(0);
      co_await aside::scope([&](aside::nursery& children) -> task<> {
        aside::spawn(
            [](aside::nursery_ref into, std::shared_ptr<std::atomic<int>> count,
               int yields) -> task<> {
              for (int k = 0; k < yields; ++k)
                co_await aside::yield();
              into.spawn(
                  [](std::shared_ptr<std::atomic<int>> c) -> task<> {
                    co_await aside::yield();
                    ++*c;
                  },
                  count);
            },
            aside::nursery_ref(children), n, i % 6);
        co_return;
      });
      EXPECT_EQ(*n, 1);
    }
  });
}

}  // namespace
