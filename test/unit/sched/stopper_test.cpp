// A stop of one task by its handle, which meets the task in each of its states. What a scope's stop does is in
// scope/stop_test.cpp, what each operation does in conformance/stop_matrix_test.cpp.
#include "unit/sched/stopped_tasks.hpp"

#include <aside/finally.hpp>
#include <aside/task_local.hpp>

#include <optional>
#include <thread>

namespace {

using aside::join_handle;
using aside::nursery;
using aside::spawn_joinable;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

TEST(stop_by_handle, ends_whatever_the_task_waits_for) {
  run_in([]() -> task<> {
    for (const auto wait : waits) {
      for (int before = 0; before < 6; ++before) {  // queued, begun, waiting
        auto d = std::make_shared<diary>();
        auto h = spawn_joinable(wait, d);
        co_await turns(before);
        h.request_stop();
        const bool stopped = co_await was_stopped(h);
        EXPECT_TRUE(stopped);
        expect_stopped(*d, 1);
      }
    }
  });
}

TEST(stop_by_handle, is_thrown_by_a_join) {
  run_in([]() -> task<> {
    auto h = spawn_joinable([]() -> task<int> {
      co_await wait_for_ever();
      co_return 1;
    });
    co_await aside::yield();
    h.request_stop();
    std::error_code code;
    try {
      static_cast<void>(co_await h.join());
    } catch (const std::system_error& e) {
      code = e.code();
    }
    EXPECT_EQ(code, aside::errc::stopped);
  });
}

TEST(stop_by_handle, lets_a_queued_task_begin) {
  run_on(1, []() -> task<> {
    auto d = std::make_shared<diary>();
    auto waits_later = spawn_joinable(&in_an_event, d);
    auto never_waits = spawn_joinable([]() -> task<int> { co_return 7; });
    waits_later.request_stop();
    never_waits.request_stop();
    EXPECT_EQ(d->begun, 0);
    const bool stopped = co_await was_stopped(waits_later);
    EXPECT_TRUE(stopped);
    expect_stopped(*d, 1);
    const int seven = co_await never_waits.join();
    EXPECT_EQ(seven, 7);
  });
}

TEST(stop_by_handle, finds_a_running_task_at_its_next_wait) {
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(300); ++i) {
      auto d = std::make_shared<diary>();
      auto h = spawn_joinable(
          [](diary_ptr mine) -> task<> {
            const entry here(mine);
            while (mine->asked == 0)  // on another core, in one turn
              std::this_thread::yield();
            co_await wait_for_ever();
            ++mine->went_on;
          },
          d);
      aside::spawn([]() -> task<> { co_return; });  // pushes it to where it is stolen
      while (d->begun == 0)
        std::this_thread::yield();
      h.request_stop();
      d->asked = 1;
      const bool stopped = co_await was_stopped(h);
      EXPECT_TRUE(stopped);
      expect_stopped(*d, 1);
    }
  });
}

TEST(stop_by_handle, of_a_task_that_has_ended_does_nothing) {
  run_in([]() -> task<> {
    auto h = spawn_joinable([]() -> task<int> { co_return 3; });
    while (!h.done())
      co_await aside::yield();
    h.request_stop();
    const int three = co_await h.join();
    EXPECT_EQ(three, 3);
    h.request_stop();  // joined
    auto from = spawn_joinable(&wait_for_ever);
    auto to = std::move(from);
    from.request_stop();  // NOLINT(bugprone-use-after-move): moved from
    co_await turns(3);
    EXPECT_FALSE(to.done());
    to.request_stop();
    const bool stopped = co_await was_stopped(to);
    EXPECT_TRUE(stopped);
  });
}

TEST(stop_by_handle, twice_is_as_once) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    auto h = spawn_joinable(
        [](diary_ptr mine) -> task<> {
          const entry here(mine);
          const auto first = co_await aside::try_stopped(wait_for_ever());
          EXPECT_FALSE(first.has_value());
          ++mine->asked;
          co_await wait_for_ever();  // the request stands
          ++mine->went_on;
        },
        d);
    co_await turns(3);
    h.request_stop();
    h.request_stop();
    const bool stopped = co_await was_stopped(h);
    EXPECT_TRUE(stopped);
    EXPECT_EQ(d->asked, 1);
    expect_stopped(*d, 1);
  });
}

TEST(stop_by_handle, gives_the_result_that_was_there) {
  run_on(1, []() -> task<> {
    auto [send, receive] = aside::oneshot<int>();
    auto h = spawn_joinable(
        [](aside::oneshot_receiver<int> r) -> task<int> {
          const int got = co_await r;
          co_return got;
        },
        std::move(receive));
    co_await turns(3);
    send.set(5);
    h.request_stop();
    const int five = co_await h.join();
    EXPECT_EQ(five, 5);
  });
}

TEST(stop_by_handle, that_is_dropped_then_is_not_taken_back) {
  auto d = std::make_shared<diary>();
  run_in(
      [](diary_ptr mine) -> task<> {
        {
          auto h = spawn_joinable(&in_a_sleep, mine);
          co_await turns(2);
          h.request_stop();
        }
        co_await until_alone();
      },
      d);
  expect_stopped(*d, 2);
}

// ---- what is around it, and in it

TEST(stop_by_handle, leaves_siblings_and_scope_alone) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    int reached = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      auto one = n.spawn_joinable(&in_a_sleep, d);
      auto other = n.spawn_joinable(
          [](int yields) -> task<int> {
            co_await turns(yields);
            co_return 4;
          },
          20);
      co_await turns(3);
      one.request_stop();
      const bool stopped = co_await was_stopped(one);
      EXPECT_TRUE(stopped);
      EXPECT_FALSE(n.stop_requested());
      const int four = co_await other.join();
      EXPECT_EQ(four, 4);
      ++reached;
    });
    EXPECT_EQ(reached, 1);
    expect_stopped(*d, 1);
  });
}

TEST(stop_by_handle, is_no_failure_for_supervise) {
  std::atomic<int> failures = 0;
  static std::atomic<int>* counter = nullptr;
  counter = &failures;
  const auto count = [](const std::exception_ptr&, const std::source_location&) noexcept {
    ++*counter;
  };
  for (const unsigned workers : {1u, 2u}) {
    EXPECT_EQ(aside::run(quiet(workers).on_failure(count),
                         []() -> task<> {
                           co_await aside::supervise([](nursery& n) -> task<> {
                             auto h = n.spawn_joinable(&wait_for_ever);
                             co_await turns(3);
                             h.request_stop();
                           });
                         }),
              0);
  }
  EXPECT_EQ(failures, 0);
}

TEST(stop_by_handle, of_a_scope_that_is_stopped_as_well) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      auto h = n.spawn_joinable(&in_an_event, d);
      h.request_stop();
      co_return;
    });
    auto h = std::optional<join_handle<>>();
    co_await aside::scope([&](nursery& n) -> task<> {
      h.emplace(n.spawn_joinable(&in_an_event, d));
      co_await turns(3);
      h->request_stop();
      n.request_stop();
    });
    h->request_stop();
    EXPECT_TRUE(h->done());
    expect_stopped(*d, 2);
  });
}

TEST(stop_by_handle, stops_the_scopes_that_the_task_has_opened) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    auto h = spawn_joinable(
        [](diary_ptr mine) -> task<> {
          const entry here(mine);
          co_await aside::scope([&](nursery& n) -> task<> {
            for (int i = 0; i < 5; ++i)
              n.spawn(&in_a_sleep, mine);
            n.spawn_local([&]() -> task<> { co_await in_a_race(mine); });
            co_return;
          });
          ++mine->went_on;
        },
        d);
    while (d->begun != 7)
      co_await aside::yield();
    h.request_stop();
    const bool stopped = co_await was_stopped(h);
    EXPECT_TRUE(stopped);
    expect_stopped(*d, 7);
  });
}

TEST(stop_by_handle, does_not_come_through_a_shield) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    auto [send, receive] = aside::oneshot<int>();
    auto h = spawn_joinable(
        [](diary_ptr mine, aside::oneshot_receiver<int> r) -> task<> {
          const entry here(mine);
          auto* const from = &r;
          const int got = co_await aside::shield([from]() -> task<int> {
            const int value = co_await *from;
            co_return value;
          }());
          mine->asked = got;
          co_await wait_for_ever();
          ++mine->went_on;
        },
        d, std::move(receive));
    co_await turns(4);
    h.request_stop();
    co_await turns(10);
    EXPECT_EQ(d->ended, 0);
    send.set(9);
    const bool stopped = co_await was_stopped(h);
    EXPECT_TRUE(stopped);
    EXPECT_EQ(d->asked, 9);
    expect_stopped(*d, 1);
  });
}

TEST(stop_by_handle, awaits_the_clean_up_of_finally) {
  run_in([]() -> task<> {
    auto d = std::make_shared<diary>();
    auto h = spawn_joinable(
        [](diary_ptr mine) -> task<> {
          const auto clean = [](diary_ptr theirs) -> task<> {
            co_await turns(5);
            co_await aside::sleep_for(1ms);
            ++theirs->asked;
          };
          co_await aside::finally(in_an_event(mine), clean(mine));
          ++mine->went_on;
        },
        d);
    co_await turns(3);
    h.request_stop();
    const bool stopped = co_await was_stopped(h);
    EXPECT_TRUE(stopped);
    EXPECT_EQ(d->asked, 1);
    expect_stopped(*d, 1);
  });
}

TEST(stop_by_handle, is_no_end_of_time) {
  run_in([]() -> task<> {
    auto h = spawn_joinable([]() -> task<int> {
      const auto in_time = co_await aside::timeout(1h, wait_for_ever());
      co_return in_time ? 1 : 2;  // 2 would be a timeout
    });
    co_await turns(3);
    h.request_stop();
    const bool stopped = co_await was_stopped(h);
    EXPECT_TRUE(stopped);
  });
}

TEST(stop_by_handle, leaves_task_locals_as_they_are) {
  static aside::task_local<int> number;
  run_in([]() -> task<> {
    co_await number.with(5, []() -> task<> {
      co_await aside::scope([](nursery& n) -> task<> {
        auto h = n.spawn_joinable([]() -> task<int> {
          co_await aside::yield();
          co_return *number.get();
        });
        const int five = co_await h.join();
        EXPECT_EQ(five, 5);
      });
    }());
  });
}

}  // namespace
