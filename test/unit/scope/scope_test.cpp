#include "sched/runtime.hpp"
#include "unit/run_test.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<> add_after_yields(std::shared_ptr<std::atomic<int>> sum, int yields) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  ++*sum;
}

TEST(scope, returns_when_every_child_has_ended) {
  run_in([]() -> task<> {
    auto sum = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 100; ++i)
        n.spawn(&add_after_yields, sum, i % 7);
      co_return;
    });
    EXPECT_EQ(*sum, 100);
    EXPECT_EQ(sum.use_count(), 1) << "arguments have been destroyed";
  });
}

TEST(scope, without_children_returns_at_once) {
  run_in([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      EXPECT_EQ(n.size(), 0u);
      co_return;
    });
  });
}

TEST(scope, awaits_ten_thousand_children) {
  run_in([]() -> task<> {
    auto sum = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 10'000; ++i)
        n.spawn(&add_after_yields, sum, i % 3);
      co_return;
    });
    EXPECT_EQ(*sum, 10'000);
  });
}

TEST(scope, returns_the_value_of_its_body_after_the_children) {
  run_in([]() -> task<> {
    auto sum = std::make_shared<std::atomic<int>>(0);
    const std::unique_ptr<int> value =
        co_await aside::scope([&](nursery& n) -> task<std::unique_ptr<int>> {
          n.spawn(&add_after_yields, sum, 5);
          co_return std::make_unique<int>(42);
        });
    EXPECT_EQ(*value, 42);
    EXPECT_EQ(*sum, 1);
  });
}

task<> fail_after_yields(int yields) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  throw std::runtime_error("child");
}

TEST(scope, rethrows_the_failure_of_a_child_after_its_siblings_were_stopped) {
  run_in([]() -> task<> {
    std::string log;
    std::string caught;
    try {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          mourned sibling(log, "sibling");
          co_await wait_for_ever();
        });
        n.spawn(&fail_after_yields, 3);
        mourned body(log, "body");
        co_await wait_for_ever();
      });
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "child");
    EXPECT_NE(log.find("sibling! "), std::string::npos);
    EXPECT_NE(log.find("body! "), std::string::npos);
  });
}

TEST(scope, rethrows_the_failure_of_its_body_after_the_children_were_stopped) {
  run_in([]() -> task<> {
    std::string log;
    try {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          mourned child(log, "child");
          co_await wait_for_ever();
        });
        co_await aside::yield();
        throw std::logic_error("body");
      });
      ADD_FAILURE() << "the failure was lost";
    } catch (const std::logic_error&) {
      log += "caught";
    }
    EXPECT_EQ(log, "child! caught");
  });
}

TEST(scope, rethrows_one_of_many_failures) {
  run_in([]() -> task<> {
    int caught = 0;
    try {
      co_await aside::scope([](nursery& n) -> task<> {
        for (int i = 0; i < 500; ++i)
          n.spawn(&fail_after_yields, i % 5);
        co_return;
      });
    } catch (const std::runtime_error&) {
      ++caught;
    }
    EXPECT_EQ(caught, 1);
  });
}

// A body without co_await or co_return is no coroutine: what it throws comes out of the call itself.
TEST(scope, awaits_its_children_when_the_body_throws_before_it_becomes_a_coroutine) {
  run_in([]() -> task<> {
    std::string log;
    try {
      co_await aside::scope([&](nursery& n) ASIDE_WRAPPER -> task<> {
        n.spawn_local([&]() -> task<> {
          mourned child(log, "child");
          co_await aside::yield();
          co_await wait_for_ever();
        });
        throw std::logic_error("no coroutine");
      });
    } catch (const std::logic_error&) {
      log += "caught";
    }
    EXPECT_EQ(log, "child! caught");
  });
}

task<> spawn_siblings(nursery& n, std::shared_ptr<std::atomic<int>> sum, int depth) {
  ++*sum;
  co_await aside::yield();
  if (depth == 0) co_return;
  n.spawn(&spawn_siblings, std::ref(n), sum, depth - 1);
  n.spawn(&spawn_siblings, std::ref(n), sum, depth - 1);
}

TEST(scope, lets_children_spawn_siblings) {
  run_in([]() -> task<> {
    auto sum = std::make_shared<std::atomic<int>>(0);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&spawn_siblings, std::ref(n), sum, 10);
      co_return;
    });
    EXPECT_EQ(*sum, 2047);
  });
}

TEST(scope, nests_in_its_own_children) {
  run_in([]() -> task<> {
    int order = 0;
    co_await aside::scope([&](nursery& outer) -> task<> {
      outer.spawn_local([&]() -> task<> {
        co_await aside::scope([&](nursery& inner) -> task<> {
          inner.spawn_local([&]() -> task<> {
            co_await aside::yield();
            EXPECT_EQ(order++, 0);
          });
          co_return;
        });
        EXPECT_EQ(order++, 1);
      });
      co_return;
    });
    EXPECT_EQ(order, 2);
  });
}

TEST(scope, keeps_local_children_on_their_core_and_never_runs_them_in_parallel) {
  run_on(2, []() -> task<> {
    // The noise moves this task between cores; its local children stay where it spawned them.
    co_await aside::scope([](nursery& noise) -> task<> {
      for (int i = 0; i < 20; ++i)
        noise.spawn([]() -> task<> {
          for (int k = 0; k < 200; ++k)
            co_await aside::yield();
        });
      for (int round = 0; round < 20; ++round) {
        co_await aside::yield();
        bool inside = false;  // no atomic on purpose: ThreadSanitizer looks too
        co_await aside::scope([&inside](nursery& n) -> task<> {
          const std::thread::id here = std::this_thread::get_id();
          for (int i = 0; i < 10; ++i)
            n.spawn_local([&inside, here]() -> task<> {
              for (int k = 0; k < 10; ++k) {
                EXPECT_EQ(std::this_thread::get_id(), here);
                EXPECT_FALSE(std::exchange(inside, true));
                inside = false;
                co_await aside::yield();
              }
            });
          for (int k = 0; k < 10; ++k) {  // the one that spawned them shares `inside` with them
            EXPECT_EQ(std::this_thread::get_id(), here);
            EXPECT_FALSE(std::exchange(inside, true));
            inside = false;
            co_await aside::yield();
          }
        });
      }
    });
  });
}

TEST(supervise, goes_on_after_failures_and_reports_them) {
  testing::internal::CaptureStderr();
  run_in([]() -> task<> {
    auto sum = std::make_shared<std::atomic<int>>(0);
    co_await aside::supervise([&](nursery& n) -> task<> {
      for (int i = 0; i < 10; ++i) {
        n.spawn(&fail_after_yields, i % 3);
        n.spawn(&add_after_yields, sum, 10);
      }
      co_return;
    });
    EXPECT_EQ(*sum, 10);
  });
  const std::string said = testing::internal::GetCapturedStderr();
  std::size_t reports = 0;
  for (std::size_t at = said.find("failed: child"); at != std::string::npos;
       at = said.find("failed: child", at + 1))
    ++reports;
  EXPECT_EQ(reports, 20u) << said;
  EXPECT_NE(said.find("scope_test.cpp"), std::string::npos) << said;
}

TEST(supervise, rethrows_the_failure_of_its_body) {
  run_in([]() -> task<> {
    bool caught = false;
    try {
      co_await aside::supervise([](nursery&) -> task<> {
        co_await aside::yield();
        throw std::runtime_error("body");
      });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
}

std::size_t in_registries() {
  std::size_t n = 0;
  for (const auto& c : aside::detail::this_core()->rt.cores)
    n += c->homed.load(std::memory_order_relaxed);
  return n;
}

TEST(supervise, frees_children_as_they_end) {
  run_in([]() -> task<> {
    co_await aside::supervise([](nursery& n) -> task<> {
      for (int i = 0; i < scaled(20'000); ++i) {
        n.spawn([]() -> task<> { co_return; });
        if (i % 16 == 0) co_await aside::yield();
        if (i % 1000 == 999) {
          while (n.size() != 0)
            co_await aside::yield();
          EXPECT_LT(in_registries(), 200u) << "a few may be on their way home";
        }
      }
    });
  });
}

TEST(scope, keeps_a_move_only_argument_alive_until_the_child_ends) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](counted, std::shared_ptr<tally> t) -> task<> {
            co_await aside::yield();
            EXPECT_GE(t->live, 1);
          },
          counted(book), book);
      co_return;
    });
    EXPECT_EQ(book->live, 0);
    EXPECT_EQ(book->copies, 0);
  });
}

}  // namespace
