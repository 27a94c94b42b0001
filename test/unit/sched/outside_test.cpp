// A runtime as an object, used by threads that are no cores of it.
#include "sched/runtime.hpp"
#include "unit/run_test.hpp"

#include <chrono>
#include <future>
#include <thread>
#include <vector>

namespace {

using aside::join_handle;
using aside::nursery;
using aside::oneshot_receiver;
using aside::oneshot_sender;
using aside::options;
using aside::runtime;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

using number = std::shared_ptr<std::atomic<int>>;

/// Every shape: one and two workers, block_on's thread runs tasks or only waits.
template <class F>
void in_each_shape(F fn) {
  for (const unsigned workers : {1u, 2u}) {
    for (const bool runs_tasks : {true, false}) {
      SCOPED_TRACE(std::to_string(workers) + (runs_tasks ? " and a guest" : " workers alone"));
      runtime rt(quiet(workers).block_on_runs_tasks(runs_tasks));
      fn(rt);
    }
  }
}

task<int> twice(int n) {
  co_await aside::yield();
  co_return 2 * n;
}

TEST(runtime, begins_and_ends_without_work) {
  in_each_shape([](runtime& rt) { EXPECT_EQ(rt.info().live_tasks, 0u); });
}

TEST(block_on, returns_what_the_task_gave) {
  in_each_shape([](runtime& rt) {
    for (int i = 0; i < scaled(2000); ++i)
      EXPECT_EQ(rt.block_on(&twice, i), 2 * i);
    rt.block_on([]() -> task<> { co_return; });
    const std::unique_ptr<int> owned = rt.block_on([]() -> task<std::unique_ptr<int>> {
      co_await aside::yield();
      co_return std::make_unique<int>(5);
    });
    EXPECT_EQ(*owned, 5);
  });
}

/// Always ready, until `over` is set; says so when that took too long.
task<> keeps_busy(number over, number late) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (*over == 0 && std::chrono::steady_clock::now() < until)
    co_await aside::yield();
  if (*over == 0) *late = 1;
}
task<> sets(number n) {
  *n = 1;
  co_return;
}
task<> sets_later(number n) {
  co_await aside::sleep_for(5ms);
  *n = 1;
}

TEST(block_on, has_its_children_run_by_workers_that_are_always_busy) {
  in_each_shape([](runtime& rt) {
    const number over = std::make_shared<std::atomic<int>>(0);
    const number late = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < 8; ++i)
      rt.spawn(&keeps_busy, over, late);
    rt.block_on([&]() -> task<> {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&sets, over);
        co_return;
      });
    });
    EXPECT_EQ(*late, 0);
  });
}

// The timer is the guest core's, which a thread of the runtime's looks after when the guest has gone.
TEST(block_on, leaves_tasks_behind_that_run_beside_workers_that_are_always_busy) {
  in_each_shape([](runtime& rt) {
    const number over = std::make_shared<std::atomic<int>>(0);
    const number late = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < 8; ++i)
      rt.spawn(&keeps_busy, over, late);
    std::vector<join_handle<>> all;
    rt.block_on([&]() -> task<> {
      for (int i = 0; i < 8; ++i)
        all.push_back(aside::spawn_joinable(&sets_later, over));
      co_await aside::yield();
    });
    rt.block_on([&]() -> task<> {
      for (auto& each : all)
        co_await each.join();
    });
    EXPECT_EQ(*late, 0);
  });
}

TEST(block_on, passes_references_on) {
  in_each_shape([](runtime& rt) {
    int n = 1;
    rt.block_on(
        [](int& by) -> task<> {
          co_await aside::yield();
          by = 5;
        },
        n);
    EXPECT_EQ(n, 5);
    rt.block_on([&]() -> task<> {
      co_await aside::sleep_for(1ms);
      n = 6;
    });
    EXPECT_EQ(n, 6);
  });
}

TEST(block_on, rethrows_what_the_task_threw) {
  in_each_shape([](runtime& rt) {
    EXPECT_THROW(rt.block_on([]() -> task<> {
      co_await aside::yield();
      throw std::runtime_error("out of block_on");
    }),
                 std::runtime_error);
  });
}

TEST(block_on, runs_on_the_calling_thread) {
  in_each_shape([](runtime& rt) {
    const std::thread::id ran = rt.block_on([]() -> task<std::thread::id> {
      for (int i = 0; i < 100; ++i)
        co_await aside::yield();
      co_await aside::sleep_for(1ms);
      co_return std::this_thread::get_id();
    });
    EXPECT_EQ(ran, std::this_thread::get_id());
  });
}

TEST(block_on, runs_nothing_else_when_told_so) {
  runtime rt(quiet(1).block_on_runs_tasks(false));
  for (int i = 0; i < scaled(1000); ++i) {
    auto h = rt.spawn_joinable([]() -> task<std::thread::id> {
      co_await aside::yield();
      co_return std::this_thread::get_id();
    });
    rt.block_on([&]() -> task<> {
      auto mine = aside::spawn_joinable([]() -> task<std::thread::id> {
        co_await aside::sleep_for(50us);
        co_return std::this_thread::get_id();
      });
      const std::thread::id first = co_await h.join();
      const std::thread::id second = co_await mine.join();
      EXPECT_NE(first, std::this_thread::get_id());
      EXPECT_NE(second, std::this_thread::get_id());
    });
  }
}

TEST(block_on, awaits_many_tasks_that_it_has_spawned) {
  in_each_shape([](runtime& rt) {
    const int count = scaled(10'000);
    const int sum = rt.block_on(
        [](int n) -> task<int> {
          auto done = std::make_shared<std::atomic<int>>(0);
          co_await aside::scope([&](nursery& children) -> task<> {
            for (int i = 0; i < n; ++i)
              children.spawn(
                  [](number d) -> task<> {
                    co_await aside::yield();
                    ++*d;
                  },
                  done);
            co_return;
          });
          co_return done->load();
        },
        count);
    EXPECT_EQ(sum, count);
  });
}

// What the body makes ready runs elsewhere while the body holds its thread: one task or many.
TEST(block_on, strands_nothing_when_its_body_blocks_the_thread) {
  in_each_shape([](runtime& rt) {
    for (const int count : {1, 2, 3, 20, 300}) {
      for (int round = 0; round < scaled(100); ++round) {
        rt.block_on([&]() -> task<> {
          if (round % 3 == 0) co_await aside::yield();
          for (int i = 0; i < count; ++i) {
            auto promise = std::make_shared<std::promise<int>>();
            std::future<int> answer = promise->get_future();
            aside::spawn(
                [](std::shared_ptr<std::promise<int>> p, int value) -> task<> {
                  p->set_value(value);
                  co_return;
                },
                promise, i);
            if (i % 2 == 0 || i + 1 == count) {
              EXPECT_EQ(answer.get(), i);
            }
          }
          co_return;
        });
      }
    }
  });
}

TEST(block_on, from_several_threads_at_once) {
  in_each_shape([](runtime& rt) {
    std::vector<std::jthread> threads;
    std::atomic<int> sum = 0;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < scaled(300); ++i)
          sum += rt.block_on([&]() -> task<int> {
            if (i % 10 == 0) co_await aside::sleep_for(100us);
            const int got = co_await twice(1);
            co_return got;
          });
      });
    }
    threads.clear();
    EXPECT_EQ(sum, 4 * 2 * scaled(300));
  });
}

TEST(block_on, leaves_sleeping_tasks_and_sockets_in_good_hands) {
  in_each_shape([](runtime& rt) {
    auto woken = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < 20; ++i) {
      rt.block_on([&]() -> task<> {
        for (int k = 0; k < 5; ++k) {
          aside::spawn(
              [](number n, int ms) -> task<> {
                co_await aside::sleep_for(std::chrono::milliseconds(ms));
                ++*n;
                n->notify_one();
              },
              woken, k);
        }
        for (int k = 0; k < 10; ++k)
          co_await aside::yield();  // they begin to sleep on this very core
      });
    }
    for (int n = *woken; n != 100; n = *woken)
      woken->wait(n);
  });
}

TEST(block_on, takes_the_core_back_from_who_looks_after_it) {
  in_each_shape([](runtime& rt) {
    auto echoed = std::make_shared<std::atomic<int>>(0);
    const std::string where = rt.block_on([&]() -> task<std::string> {
      auto l =
          std::make_shared<aside::tcp_listener>(co_await aside::tcp_listener::bind("127.0.0.1:0"));
      const std::string at = "127.0.0.1:" + std::to_string(l->port());
      aside::spawn(
          [](std::shared_ptr<aside::tcp_listener> mine, number n) -> task<> {
            for (;;) {
              aside::tcp_stream peer = co_await mine->accept();
              while (auto chunk = co_await peer.receive())
                co_await peer.write(*chunk);
              ++*n;
            }
          },
          std::move(l), echoed);
      co_await aside::yield();
      co_return at;
    });
    for (int i = 0; i < 20; ++i) {
      const std::string back = rt.block_on([&]() -> task<std::string> {
        aside::tcp_stream s = co_await aside::tcp_stream::connect(where);
        co_await s.write("hello");
        co_await s.shutdown();
        std::string all;
        for (;;) {
          const auto c = co_await s.receive();
          if (!c) break;
          all += c.text();
        }
        co_return all;
      });
      EXPECT_EQ(back, "hello");
    }
  });
}

void until_the_worker_sleeps() {
  const auto& rt = aside::detail::this_core()->rt;
  while (!rt.idle.sleeps(0))
    std::this_thread::yield();
}

// What a message makes ready is in the guest's ring, and the guest goes on with its own body only.
TEST(block_on, leaves_what_a_stop_has_woken_to_the_workers) {
  for (const bool runs_tasks : {true, false}) {
    runtime rt(quiet(1).block_on_runs_tasks(runs_tasks));
    auto book = std::make_shared<tally>();
    rt.block_on([&]() -> task<> {
      aside::event begun;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(
            [](aside::event& e, std::shared_ptr<tally> mine) -> task<> {
              const counted here(mine);
              e.set();
              co_await wait_for_ever();
            },
            std::ref(begun), book);
        const auto stop = [&]() -> task<> {
          co_await begun.wait();
          if (!runs_tasks) until_the_worker_sleeps();  // it waits for ever, then
          n.request_stop();
          co_await aside::yield();
        };
        co_await aside::shield(stop());
      });
    });
    EXPECT_EQ(book->live, 0);
  }
}

TEST(block_on, that_is_stopped_says_so) {
  in_each_shape([](runtime& rt) {
    std::jthread stopper([&] { rt.request_stop(); });
    std::error_code code;
    try {
      rt.block_on(&wait_for_ever);
    } catch (const std::system_error& e) {
      code = e.code();
    }
    EXPECT_EQ(code, aside::errc::stopped);
  });
}

TEST(runtime, runs_what_foreign_threads_spawn) {
  in_each_shape([](runtime& rt) {
    auto done = std::make_shared<std::atomic<int>>(0);
    const int each = scaled(10'000);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < each; ++i)
          rt.spawn(
              [](number d) -> task<> {
                if (++*d % 1000 == 0) d->notify_all();
                co_return;
              },
              done);
      });
    }
    threads.clear();
    for (int n = *done; n != 3 * each; n = *done)
      done->wait(n);
    EXPECT_EQ(rt.info().spawned_tasks, static_cast<std::uint64_t>(3 * each));
  });
}

TEST(runtime, joins_in_a_task_what_a_foreign_thread_has_spawned) {
  in_each_shape([](runtime& rt) {
    std::vector<join_handle<int>> all;
    const int count = scaled(5000);
    for (int i = 0; i < count; ++i)
      all.push_back(rt.spawn_joinable(&twice, i));
    const long sum = rt.block_on([&]() -> task<long> {
      long total = 0;
      for (auto& h : all) {
        const int got = co_await h.join();
        total += got;
      }
      co_return total;
    });
    EXPECT_EQ(sum, static_cast<long>(count) * (count - 1));
  });
}

TEST(runtime, stops_and_awaits_everything_when_it_is_destroyed) {
  auto book = std::make_shared<tally>();
  for (int i = 0; i < scaled(300); ++i) {
    in_each_shape([&](runtime& rt) {
      for (int k = 0; k < 20; ++k)
        rt.spawn(
            [](counted, int mode) -> task<> {
              if (mode % 3 == 0) co_await aside::sleep_for(1h);
              if (mode % 3 == 1) co_await aside::yield();
              co_await wait_for_ever();
            },
            counted(book), k);
      if (i % 2 == 0) {
        EXPECT_EQ(rt.block_on(&twice, 3), 6);
      }
    });
    ASSERT_EQ(book->live, 0) << "round " << i;
  }
}

TEST(runtime, lives_beside_others) {
  runtime first(quiet(1));
  runtime second(quiet(2));
  auto [ask, asked] = aside::oneshot<int>();
  auto [answer, answered] = aside::oneshot<int>();
  auto h = second.spawn_joinable(
      [](oneshot_receiver<int> q, oneshot_sender<int> a) -> task<> {
        const int n = co_await q;
        a.set(n + 1);
      },
      std::move(asked), std::move(answer));
  auto* const question = &ask;
  auto* const result = &answered;
  const int got = first.block_on([&]() -> task<int> {
    question->set(1);
    const int n = co_await *result;
    co_return n;
  });
  EXPECT_EQ(got, 2);
  second.block_on([&]() -> task<> { co_await h.join(); });
}

TEST(runtime_handle, spawns_until_the_runtime_has_gone) {
  auto book = std::make_shared<tally>();
  for (int i = 0; i < scaled(200); ++i) {
    auto rt = std::make_unique<runtime>(quiet(1 + static_cast<unsigned>(i % 2)));
    const aside::runtime_handle kept = rt->handle();
    std::atomic<bool> spawned = false;
    std::jthread other([&, copy = kept] {
      std::error_code code;
      for (int n = 0; !code; ++n) {
        try {
          copy.spawn([](counted) -> task<> { co_await aside::yield(); }, counted(book));
          spawned = true;
          spawned.notify_one();
          if (n % 100 == 99) std::this_thread::yield();
        } catch (const std::system_error& e) {
          code = e.code();
        }
      }
      EXPECT_EQ(code, aside::errc::runtime_gone);
    });
    spawned.wait(false);
    rt.reset();
    other.join();
    EXPECT_THROW(static_cast<void>(kept.spawn_joinable(&twice, 1)), std::system_error);
    ASSERT_EQ(book->live, 0);
  }
}

TEST(block_on_death, inside_a_runtime_says_what_to_do) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        runtime rt(quiet(1));
        rt.block_on([&]() -> task<> {
          static_cast<void>(rt.block_on(&twice, 1));
          co_return;
        });
      },
      "co_await the function.*\n.*outside_test.cpp");
}

TEST(runtime_death, destroyed_by_a_task_of_its_own_names_where_that_was_spawned) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto rt = std::make_unique<runtime>(quiet(1));
        rt->block_on([&]() -> task<> {
          rt.reset();
          co_return;
        });
      },
      "destroyed by one of its own tasks.*\n.*outside_test.cpp");
}

task<> spawns_into(aside::nursery_ref there) {
  there.spawn([]() -> task<> { co_return; });
  co_return;
}

TEST(runtime_death, whose_task_spawns_into_a_scope_of_another_one_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        runtime one(quiet(1));
        runtime other(quiet(1));
        one.block_on([&]() -> task<> {
          co_await aside::scope([&](nursery& n) -> task<> {
            other.spawn(&spawns_into, aside::nursery_ref(n));
            co_return;
          });
        });
      },
      "by a task of another runtime.*\n.*outside_test.cpp");
}

std::unique_ptr<runtime>& of_the_hook() {
  static std::unique_ptr<runtime> rt;
  return rt;
}

TEST(runtime_death, destroyed_by_its_failure_hook_names_where_the_task_was_spawned) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        of_the_hook() = std::make_unique<runtime>(
            quiet(1).on_failure([](const std::exception_ptr&, const std::source_location&) {
              of_the_hook().reset();
            }));
        of_the_hook()->spawn([]() -> task<> {
          throw std::runtime_error("heard by the hook");
          co_return;
        });
        of_the_hook()->block_on([]() -> task<> { co_await wait_for_ever(); });
      },
      "or by the hook that heard of its failure.*\n.*outside_test.cpp");
}

}  // namespace
