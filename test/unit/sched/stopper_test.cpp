// A stop of one task by its handle, which meets the task in each of its states. What a scope's stop does is in
// scope/stop_test.cpp, what each operation does in conformance/stop_matrix_test.cpp.
#include "unit/run_test.hpp"

#include <aside/finally.hpp>
#include <aside/io/memory_stream.hpp>
#include <aside/race.hpp>
#include <aside/task_local.hpp>

#include <array>
#include <chrono>
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
using namespace std::chrono_literals;

/// What became of the tasks of a test.
struct diary {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::atomic<int> ended_in_stop{0};
  std::atomic<int> went_on{0};  // beyond what should have stopped it
  std::atomic<int> asked{0};
};
using diary_ptr = std::shared_ptr<diary>;

class entry {
 public:
  explicit entry(diary_ptr d) : diary_(std::move(d)) { ++diary_->begun; }
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;
  ~entry() {
    ++diary_->ended;
    if (aside::stopping()) ++diary_->ended_in_stop;
  }

 private:
  diary_ptr diary_;
};

void expect_stopped(const diary& d, int tasks) {
  EXPECT_EQ(d.begun, tasks);
  EXPECT_EQ(d.ended, tasks);
  EXPECT_EQ(d.ended_in_stop, tasks);
  EXPECT_EQ(d.went_on, 0);
}

task<> turns(int count) {
  for (int i = 0; i < count; ++i)
    co_await aside::yield();
}

template <class T>
task<bool> was_stopped(join_handle<T>& h) {
  const auto got = co_await h.join().as_result();
  if (!got) {
    EXPECT_EQ(got.error(), aside::errc::stopped);
  }
  co_return !got.has_value();
}

// ---- what they wait for

task<> in_a_sleep(diary_ptr d) {
  const entry here(d);
  co_await aside::sleep_for(1h);
  ++d->went_on;
}
task<> in_an_event(diary_ptr d) {
  const entry here(d);
  co_await wait_for_ever();
  ++d->went_on;
}
task<> in_a_receive(diary_ptr d) {
  const entry here(d);
  auto [reader, writer] = aside::memory_pipe();
  auto* const from = &reader;
  const auto got = co_await from->receive();
  static_cast<void>(got);
  ++d->went_on;
}
task<> in_a_race(diary_ptr d) {
  const entry here(d);
  const auto ends = co_await aside::race(wait_for_ever(), aside::sleep_for(1h));
  static_cast<void>(ends);
  ++d->went_on;
}
task<> in_a_timeout(diary_ptr d) {
  const entry here(d);
  const auto in_time = co_await aside::timeout(1h, wait_for_ever());
  static_cast<void>(in_time);
  ++d->went_on;
}
task<> in_a_join(diary_ptr d) {
  const entry here(d);
  auto other = spawn_joinable(&in_an_event, std::make_shared<diary>());
  co_await other.join();
  ++d->went_on;
}
task<> in_yields(diary_ptr d) {
  const entry here(d);
  for (;;)
    co_await aside::yield();
}

constexpr std::array<task<> (*)(diary_ptr), 7> waits{&in_a_sleep,   &in_an_event, &in_a_receive,
                                                     &in_a_race,    &in_a_timeout, &in_a_join,
                                                     &in_yields};

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
            while (mine->asked == 0) {  // on another core, in one turn
            }
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
        while (aside::info().live_tasks > 1)
          co_await aside::yield();
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

// ---- who asks

TEST(stop_by_handle, by_the_task_itself) {
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

TEST(stop_by_handle, while_another_branch_joins) {
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

TEST(stop_by_handle, while_another_task_of_the_core_joins) {
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

TEST(stop_by_handle, from_another_core) {
  run_on(3, []() -> task<> {
    auto d = std::make_shared<diary>();
    const int count = scaled(3000);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < count; ++i) {
        auto h = spawn_joinable(waits[static_cast<std::size_t>(i) % waits.size()], d);
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

TEST(stop_by_handle, that_meets_the_end_gives_the_result_or_the_stop) {
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
          while (aside::info().live_tasks > 1)
            co_await aside::yield();
        },
        book);
    EXPECT_EQ(book->live, 0);
  }
}

TEST(stop_by_handle, from_a_foreign_thread_before_a_core_has_taken_it) {
  for (const unsigned workers : {1u, 2u}) {
    for (const bool runs_tasks : {true, false}) {
      auto d = std::make_shared<diary>();
      const int count = scaled(2000);
      {
        runtime rt(quiet(workers).block_on_runs_tasks(runs_tasks));
        std::vector<join_handle<>> all;
        for (int i = 0; i < count; ++i) {
          all.push_back(rt.spawn_joinable(waits[static_cast<std::size_t>(i) % waits.size()], d));
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

TEST(stop_by_handle, by_a_task_of_another_runtime) {
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

TEST(stop_by_handle, after_the_runtime_does_nothing) {
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

TEST(stop_by_handle, while_the_runtime_ends) {
  auto d = std::make_shared<diary>();
  const int rounds = scaled(300);
  for (int i = 0; i < rounds; ++i) {
    std::optional<runtime> rt(std::in_place, quiet(1 + static_cast<unsigned>(i % 2)));
    std::vector<join_handle<>> all;
    for (int k = 0; k < 8; ++k)
      all.push_back(rt->spawn_joinable(waits[static_cast<std::size_t>(k) % waits.size()], d));
    std::jthread other([&] {
      for (auto& h : all)
        h.request_stop();
    });
    rt.reset();
    other.join();
    ASSERT_EQ(d->ended, 8 * (i + 1)) << "round " << i;
  }
}

}  // namespace
