#include "unit/run_test.hpp"

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

namespace {

using aside::join_handle;
using aside::nursery;
using aside::spawn_joinable;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

static_assert(sizeof(join_handle<int>) == 2 * sizeof(void*));

task<int> twice(int n, int yields) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  co_return 2 * n;
}

TEST(join, gives_the_result_whether_it_is_there_or_waited_for) {
  run_in([]() -> task<> {
    for (int yields = 0; yields < 5; ++yields) {
      join_handle<int> h = spawn_joinable(&twice, 21, yields);
      if (yields % 2 == 0) {
        while (!h.done())
          co_await aside::yield();
      }
      const int got = co_await h.join();
      EXPECT_EQ(got, 42);
      EXPECT_FALSE(h.done());
    }
  });
}

TEST(join, awaits_many_in_order) {
  run_in([]() -> task<> {
    std::vector<join_handle<int>> all;
    const int count = scaled(20'000);
    for (int i = 0; i < count; ++i)
      all.push_back(spawn_joinable(&twice, i, i % 3));
    for (int i = 0; i < count; ++i) {
      const int got = co_await all[static_cast<std::size_t>(i)].join();
      if (got != 2 * i) ADD_FAILURE() << got << " instead of " << 2 * i;
    }
  });
}

TEST(join, of_nothing_waits_for_the_end) {
  run_in([]() -> task<> {
    auto n = std::make_shared<int>(1);
    auto h = spawn_joinable(
        [](std::shared_ptr<int> p) -> task<> {
          co_await aside::yield();
          *p = 2;
        },
        n);
    co_await h.join();
    EXPECT_EQ(*n, 2);
    EXPECT_EQ(n.use_count(), 1) << "the arguments have gone before the join";
  });
}

TEST(join, moves_results_that_can_only_be_moved) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        auto h = spawn_joinable(
            [](std::shared_ptr<tally> mine) -> task<std::unique_ptr<counted>> {
              co_return std::make_unique<counted>(mine);
            },
            b);
        const std::unique_ptr<counted> got = co_await h.join();
        EXPECT_EQ(b->live, 1);
      },
      book);
  EXPECT_EQ(book->live, 0);
}

task<int> fails(int yields) {
  for (int i = 0; i < yields; ++i)
    co_await aside::yield();
  throw std::runtime_error("the joiner's");
}

TEST(join, rethrows_what_the_task_threw) {
  run_in([]() -> task<> {
    for (int yields = 0; yields < 3; ++yields) {
      auto h = spawn_joinable(&fails, yields);
      std::string caught;
      try {
        static_cast<void>(co_await h.join());
      } catch (const std::runtime_error& e) {
        caught = e.what();
      }
      EXPECT_EQ(caught, "the joiner's");
    }
  });
}

TEST(join, in_a_scope_keeps_the_failure_from_the_scope) {
  run_in([]() -> task<> {
    bool caught = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      auto h = n.spawn_joinable(&fails, 2);
      auto sibling = n.spawn_joinable(&twice, 4, 9);
      try {
        static_cast<void>(co_await h.join());
      } catch (const std::runtime_error&) {
        caught = true;
      }
      const int eight = co_await sibling.join();
      EXPECT_EQ(eight, 8);
    });
    EXPECT_TRUE(caught);
  });
}

TEST(join, of_a_stopped_task_says_so) {
  run_in([]() -> task<> {
    std::error_code code;
    std::vector<join_handle<>> kept;
    co_await aside::scope([&](nursery& n) -> task<> {
      kept.push_back(n.spawn_joinable(&wait_for_ever));
      co_await aside::yield();
      n.request_stop();
    });
    try {
      co_await kept[0].join();
    } catch (const std::system_error& e) {
      code = e.code();
    }
    EXPECT_EQ(code, aside::errc::stopped);
  });
}

TEST(join, as_result_tells_of_the_stop_and_rethrows_what_was_thrown) {
  run_in([]() -> task<> {
    auto value = spawn_joinable(&twice, 21, 2);
    const auto got = co_await value.join().as_result();
    EXPECT_EQ(got, 42);
    auto nothing = spawn_joinable([]() -> task<> { co_return; });
    const auto ended = co_await nothing.join().as_result();
    EXPECT_TRUE(ended.has_value());
    std::optional<join_handle<int>> stopped;
    co_await aside::scope([&](nursery& n) -> task<> {
      stopped.emplace(n.spawn_joinable(&twice, 1, 1000));
      co_await aside::yield();
      n.request_stop();
    });
    const auto none = co_await stopped->join().as_result();
    EXPECT_EQ(none, std::unexpected(make_error_code(aside::errc::stopped)));
    auto failed = spawn_joinable(&fails, 1);
    std::string caught;
    try {
      static_cast<void>(co_await failed.join().as_result());
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "the joiner's");
  });
}

TEST(join, that_is_stopped_leaves_task_and_handle_as_they_were) {
  run_in([]() -> task<> {
    auto [send, receive] = aside::oneshot<int>();
    auto h = spawn_joinable(
        [](aside::oneshot_receiver<int> r) -> task<int> {
          const int got = co_await r;
          co_return got + 1;
        },
        std::move(receive));
    const auto out = co_await aside::timeout(1ms, [&h]() -> task<int> {
      const int got = co_await h.join();
      co_return got;
    }());
    EXPECT_FALSE(out.has_value());
    send.set(1);
    const int two = co_await h.join();
    EXPECT_EQ(two, 2);
  });
}

TEST(join, handle_that_is_dropped_lets_the_task_run_on) {
  auto ran = std::make_shared<std::atomic<int>>(0);
  run_in(
      [](std::shared_ptr<std::atomic<int>> n) -> task<> {
        const int before = *n;
        for (int i = 0; i < 100; ++i) {
          auto dropped = spawn_joinable(
              [](std::shared_ptr<std::atomic<int>> mine, int yields) -> task<int> {
                for (int k = 0; k < yields; ++k)
                  co_await aside::yield();
                ++*mine;
                co_return 3;
              },
              n, i % 5);
          if (i % 3 == 0) co_await aside::yield();
        }
        while (*n != before + 100)
          co_await aside::yield();
      },
      ran);
  EXPECT_EQ(*ran, 200);
}

TEST(join, reports_a_failure_that_nobody_joins) {
  for (const int yields : {0, 3}) {
    testing::internal::CaptureStderr();
    const int line = __LINE__ + 4;
    run_in(
        [](int before_the_drop) -> task<> {
          {
            auto h = spawn_joinable(&fails, 1);
            for (int i = 0; i < before_the_drop; ++i)
              co_await aside::yield();
          }
          // What has ended abroad may be on its way home for long, while home sleeps.
          while (aside::info().spawned_tasks - aside::info().ended_tasks != 1)
            co_await aside::yield();
        },
        yields);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("the joiner's"), std::string::npos) << said;
    EXPECT_NE(said.find("join_test.cpp:" + std::to_string(line)), std::string::npos) << said;
  }
}

TEST(join, handle_outlives_the_runtime) {
  std::vector<join_handle<int>> kept;
  run_on(2, [&]() -> task<> {
    kept.push_back(spawn_joinable(&twice, 4, 0));
    kept.push_back(spawn_joinable([]() -> task<int> {
      co_await wait_for_ever();
      co_return 1;
    }));
    while (!kept[0].done())
      co_await aside::yield();
  });
  EXPECT_TRUE(kept[0].done());
  EXPECT_TRUE(kept[1].done());
  run_on(1, [&]() -> task<> {
    const int eight = co_await kept[0].join();
    EXPECT_EQ(eight, 8);
  });
}

TEST(join, destroys_everything_when_the_callable_throws_before_it_makes_the_task) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto throws = [](counted)
                            ASIDE_WRAPPER -> task<int> { throw std::runtime_error("no task"); };
    int caught = 0;
    for (int i = 0; i < 3; ++i) {
      try {
        auto h = spawn_joinable(throws, counted(book));
      } catch (const std::runtime_error&) {
        ++caught;
      }
    }
    EXPECT_EQ(caught, 3);
    EXPECT_EQ(book->live, 0);
    co_return;
  });
}

TEST(join, that_races_with_the_end_and_with_drops_leaves_nothing) {
  auto book = std::make_shared<tally>();
  for (const unsigned workers : {1u, 2u, 3u}) {
    run_on(
        workers,
        [](std::shared_ptr<tally> b) -> task<> {
          for (int i = 0; i < scaled(3000); ++i) {
            co_await aside::scope([&](nursery& n) -> task<> {
              auto h = n.spawn_joinable(
                  [](std::shared_ptr<tally> mine, int yields) -> task<counted> {
                    for (int k = 0; k < yields; ++k)
                      co_await aside::yield();
                    co_return counted(mine);
                  },
                  b, i % 4);
              for (int k = 0; k < i % 3; ++k)
                co_await aside::yield();
              if (i % 7 != 0) const counted got = co_await h.join();
            });
            if (b->live != 0) ADD_FAILURE() << b->live << " left in round " << i;
          }
        },
        book);
  }
}

}  // namespace
