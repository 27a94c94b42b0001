// Who asks one task to stop, by its handle: the task itself, others of its core, other cores, other threads.
#include "unit/sched/stopped_tasks.hpp"

#include <optional>
#include <thread>
#include <vector>

namespace {

using aside::join_handle;
using aside::nursery;
using aside::runtime;
using aside::spawn_joinable;
using aside::task;
using namespace aside_test;

TEST(stop_by_handle_asked, by_the_task_itself) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    auto own = std::make_shared<std::optional<join_handle<>>>();
    own->emplace(spawn_joinable(
        [](diary_ptr mine, std::shared_ptr<std::optional<join_handle<>>> me) -> task<> {
          const entry here(mine);
          while (mine->asked == 0)
            co_await aside::yield();
          (*me)->request_stop();
          co_await wait_for_ever();
          ++mine->went_on;
        },
        d, own));
    d->asked = 1;
    while (d->ended == 0)
      co_await aside::yield();
    const bool stopped = co_await was_stopped(**own);
    EXPECT_TRUE(stopped);
    expect_stopped(*d, 1);
  });
}

TEST(stop_by_handle_asked, while_another_branch_joins) {
  run_in([]() -> task<> {
    for (int before = 0; before < 6; ++before) {
      auto d = std::make_shared<diary>();
      auto h = spawn_joinable(&in_a_sleep, d);
      const auto stop_later = [&]() -> task<> {
        co_await turns(before);
        h.request_stop();
      };
      auto [stopped, asked] = co_await aside::race(was_stopped(h), [&]() -> task<> {
        co_await stop_later();
        co_await wait_for_ever();
      }());
      EXPECT_EQ(stopped, true);
      EXPECT_FALSE(asked);
      expect_stopped(*d, 1);
    }
  });
}

TEST(stop_by_handle_asked, while_another_task_of_the_core_joins) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(300); ++i) {
      auto d = std::make_shared<diary>();
      auto h = spawn_joinable(&in_an_event, d);
      bool stopped = false;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { stopped = co_await was_stopped(h); });
        n.spawn_local([&]() -> task<> {
          co_await turns(i % 5);
          h.request_stop();
        });
        co_return;
      });
      EXPECT_TRUE(stopped);
      expect_stopped(*d, 1);
    }
  });
}

TEST(stop_by_handle_asked, from_another_core) {
  run_on(3, []() -> task<> {
    auto d = std::make_shared<diary>();
    const int count = scaled(3000);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < count; ++i) {
        auto h = spawn_joinable(wait_number(i), d);
        n.spawn(
            [](join_handle<> mine, int yields, bool joins) -> task<> {
              co_await turns(yields);
              mine.request_stop();
              if (!joins) co_return;
              const bool stopped = co_await was_stopped(mine);
              EXPECT_TRUE(stopped);
            },
            std::move(h), i % 5, i % 3 != 0);
        if (i % 16 == 0) co_await aside::yield();
      }
    });
    while (d->ended != count)
      co_await aside::yield();
    expect_stopped(*d, count);
  });
}

TEST(stop_by_handle_asked, that_meets_the_end_gives_the_result_or_the_stop) {
  auto book = std::make_shared<tally>();
  for (const unsigned workers : {1u, 2u, 3u}) {
    run_on(
        workers,
        [](std::shared_ptr<tally> b) -> task<> {
          for (int i = 0; i < scaled(3000); ++i) {
            auto h = spawn_joinable(
                [](std::shared_ptr<tally> mine, int yields) -> task<counted> {
                  co_await turns(yields);
                  co_return counted(mine);
                },
                b, i % 4);
            co_await turns(i % 5);
            h.request_stop();
            if (i % 7 == 0) continue;
            const auto got = co_await h.join().as_result();
            if (got) {
              EXPECT_GE(b->live, 1);
            } else {
              EXPECT_EQ(got.error(), aside::errc::stopped);
            }
          }
          co_await until_alone();
        },
        book);
    EXPECT_EQ(book->live, 0);
  }
}

TEST(stop_by_handle_asked, from_a_foreign_thread_before_a_core_has_taken_it) {
  for (const unsigned workers : {1u, 2u}) {
    for (const bool runs_tasks : {true, false}) {
      auto d = std::make_shared<diary>();
      const int count = scaled(500);
      {
        runtime rt(quiet(workers).block_on_runs_tasks(runs_tasks));
        std::vector<join_handle<>> all;
        for (int i = 0; i < count; ++i) {
          all.push_back(rt.spawn_joinable(wait_number(i), d));
          if (i % 3 == 0) std::this_thread::yield();
          all.back().request_stop();
        }
        rt.block_on([&]() -> task<> {
          for (auto& h : all) {
            const bool stopped = co_await was_stopped(h);
            EXPECT_TRUE(stopped);
          }
        });
      }
      expect_stopped(*d, count);
    }
  }
}

TEST(stop_by_handle_asked, by_a_task_of_another_runtime) {
  runtime first(quiet(1));
  runtime second(quiet(2));
  auto d = std::make_shared<diary>();
  for (int i = 0; i < scaled(200); ++i) {
    auto h = second.spawn_joinable(&in_a_sleep, d);
    first.block_on([&]() -> task<> {
      co_await turns(i % 4);
      h.request_stop();
    });
    const bool stopped = second.block_on(&was_stopped<void>, h);
    EXPECT_TRUE(stopped);
  }
  expect_stopped(*d, scaled(200));
}

TEST(stop_by_handle_asked, after_the_runtime_does_nothing) {
  auto d = std::make_shared<diary>();
  std::vector<join_handle<>> kept;
  {
    runtime rt(quiet(2));
    for (int i = 0; i < 20; ++i)
      kept.push_back(rt.spawn_joinable(&in_a_sleep, d));
  }
  for (auto& h : kept)
    h.request_stop();
  expect_stopped(*d, 20);
}

TEST(stop_by_handle_asked, while_the_runtime_ends) {
  auto d = std::make_shared<diary>();
  const int rounds = scaled(300);
  for (int i = 0; i < rounds; ++i) {
    std::optional<runtime> rt(std::in_place, quiet(1 + static_cast<unsigned>(i % 2)));
    std::vector<join_handle<>> all;
    for (int k = 0; k < 6; ++k)
      all.push_back(rt->spawn_joinable(wait_number(k), d));
    std::jthread other([&] {
      for (auto& h : all)
        h.request_stop();
    });
    rt.reset();
    other.join();
    ASSERT_EQ(d->ended, 6 * (i + 1)) << "round " << i;
  }
}

}  // namespace
