#include <aside/all.hpp>
#include <aside/join.hpp>
#include <aside/net/tcp_listener.hpp>
#include <aside/net/tcp_stream.hpp>
#include <aside/race.hpp>
#include <aside/runtime.hpp>

#include "unit/run_test.hpp"
#include "unit/sched/held_turns.hpp"

#include <sys/syscall.h>
#include <unistd.h>
#include <chrono>
#include <deque>
#include <thread>
#include <vector>

namespace aside_test {

/// What a task blocks in until somebody else lets it go.
class gate {
 public:
  gate() { EXPECT_EQ(::pipe(ends_), 0); }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void block() {
    char c = 0;
    entered_ = true;
    EXPECT_EQ(::read(ends_[0], &c, 1), 1);
  }
  void open() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  [[nodiscard]] bool entered() const { return entered_; }

 private:
  int ends_[2];
  std::atomic<bool> entered_{false};
};

}  // namespace aside_test

template <>
inline constexpr bool aside::shareable<aside_test::gate> = true;
template <>
inline constexpr bool aside::shareable<aside_test::tally> = true;

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

aside::options rescued(unsigned workers, unsigned spares) {
  held_turns::clear();
  return quiet(workers).takeover(spares).on_held(&held_turns::keep);
}
template <class F, class... A>
void run_rescued(unsigned workers, F fn, A&&... args) {
  EXPECT_EQ(aside::run(rescued(workers, 2), fn, std::forward<A>(args)...), 0);
}

/// Waits, in the way of tasks, until another task is about to block; then lets it go once its core
/// has been taken over. With one worker this runs only if it has.
task<> open_when_taken(gate& g, std::uint64_t takeovers) {
  while (!g.entered() || aside::info().takeovers < takeovers)
    co_await aside::sleep_for(1ms);
  g.open();
}

constexpr int blocked_line = __LINE__ + 2;
void spawn_blocked(nursery& n, gate& g) {
  n.spawn(
      [](gate& mine) -> task<> {
        const auto thread = std::this_thread::get_id();
        mine.block();
        EXPECT_EQ(std::this_thread::get_id(), thread);
        co_return;
      },
      std::ref(g));
}

TEST(takeover, runs_the_other_tasks_of_a_core_whose_task_is_blocked) {
  run_rescued(1, []() -> task<> {
    gate g;
    co_await aside::scope([&](nursery& n) -> task<> {
      spawn_blocked(n, g);
      n.spawn(&open_when_taken, std::ref(g), 1u);
      co_return;
    });
    EXPECT_EQ(aside::info().takeovers, 1u);
  });
}

TEST(takeover, is_reported_with_the_task_and_its_system_call) {
  run_rescued(1, []() -> task<> {
    gate g;
    co_await aside::scope([&](nursery& n) -> task<> {
      spawn_blocked(n, g);
      n.spawn(&open_when_taken, std::ref(g), 1u);
      co_return;
    });
  });
  const auto seen = held_turns::all();
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(seen[0].taken_over);
  EXPECT_EQ(seen[0].task.line(), static_cast<unsigned>(blocked_line));
  EXPECT_EQ(seen[0].system_call, SYS_read);
  EXPECT_EQ(seen[0].core, 0u);
}

TEST(takeover, lets_the_main_task_block_too) {
  run_rescued(1, []() -> task<> {
    gate g;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&open_when_taken, std::ref(g), 1u);
      co_await aside::yield();
      g.block();
      co_await aside::sleep_for(1ms);
    });
  });
}

task<> use_everything(gate& g, aside::event& e, nursery& n, std::shared_ptr<tally> b) {
  const counted here(b);
  g.block();
  // Without a core from here to the first wait.
  e.set();
  n.spawn(
      [](std::shared_ptr<tally> t) -> task<> {
        const counted mine(t);
        co_await aside::yield();
      },
      b);
  aside::spawn(
      [](std::shared_ptr<tally> t) -> task<> {
        const counted mine(t);
        co_await aside::yield();
      },
      b);
  auto h = aside::spawn_joinable(
      [](int i) -> task<int> {
        co_await aside::yield();
        co_return i + 1;
      },
      41);
  const int got = co_await h.join();
  EXPECT_EQ(got, 42);
}

TEST(takeover, leaves_the_blocked_task_everything_it_could_do_before) {
  for (const unsigned workers : {1u, 2u}) {
    auto b = std::make_shared<tally>();
    run_rescued(
        workers,
        [](std::shared_ptr<tally> mine) -> task<> {
          gate g;
          aside::event e;
          co_await aside::scope([&](nursery& n) -> task<> {
            n.spawn(&use_everything, std::ref(g), std::ref(e), std::ref(n), mine);
            n.spawn(&open_when_taken, std::ref(g), 1u);
            co_await e.wait();
          });
        },
        b);
    EXPECT_EQ(b->live, 0);
  }
}

TEST(takeover, lets_timeouts_begin_and_end_without_a_core) {
  run_rescued(1, []() -> task<> {
    gate first;
    gate second;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](gate& g) -> task<> {
            g.block();
            const auto late = co_await aside::timeout(2ms, wait_for_ever());
            EXPECT_FALSE(late.has_value());
          },
          std::ref(first));
      n.spawn(&open_when_taken, std::ref(first), 1u);
      n.spawn(
          [](gate& g) -> task<> {
            const auto in_time = co_await aside::timeout(1h, [](gate& inner) -> task<> {
              inner.block();
              co_return;
            }(g));
            EXPECT_TRUE(in_time.has_value());
            co_await aside::yield();
          },
          std::ref(second));
      n.spawn(&open_when_taken, std::ref(second), 2u);
      co_return;
    });
    EXPECT_EQ(aside::info().takeovers, 2u);
  });
}

TEST(takeover, carries_on_with_branches) {
  run_rescued(1, []() -> task<> {
    gate g;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](gate& mine) -> task<> {
            int rounds = 0;
            const auto blocks = [&]() -> task<int> {
              co_await aside::yield();
              mine.block();
              ++rounds;
              co_await aside::sleep_for(1ms);
              co_return 1;
            };
            const auto waits = [&]() -> task<int> {
              co_await aside::sleep_for(1ms);
              ++rounds;
              co_return 2;
            };
            const auto inner = [&]() -> task<int> {
              auto [a, c] = co_await aside::all(blocks(), waits());
              co_return a + c;
            };
            auto [x, y] = co_await aside::all(inner(), waits());
            EXPECT_EQ(x + y, 5);
            EXPECT_EQ(rounds, 3);
          },
          std::ref(g));
      n.spawn(&open_when_taken, std::ref(g), 1u);
      co_return;
    });
    EXPECT_GE(aside::info().takeovers, 1u);
  });
}

TEST(takeover, ends_a_race_whose_branch_was_blocked) {
  run_rescued(1, []() -> task<> {
    gate g;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](gate& mine) -> task<> {
            const auto blocks = [&]() -> task<int> {
              mine.block();
              co_return 1;  // stops the other without a core
            };
            const auto sleeps = []() -> task<int> {
              co_await aside::sleep_for(1h);
              co_return 2;
            };
            auto [x, y] = co_await aside::race(sleeps(), blocks());
            EXPECT_FALSE(x.has_value());
            EXPECT_EQ(y, 1);
          },
          std::ref(g));
      n.spawn(&open_when_taken, std::ref(g), 1u);
      co_return;
    });
  });
}

TEST(takeover, keeps_the_core_s_sockets_and_timers_going) {
  run_rescued(1, []() -> task<> {
    gate g;
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    const std::string at = "127.0.0.1:" + std::to_string(listener.port());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](gate& mine, aside::tcp_stream own) -> task<> {
            mine.block();
            {
              const aside::tcp_stream closed = std::move(own);  // on a thread without a core
            }
            co_await aside::yield();
          },
          std::ref(g), co_await aside::tcp_stream::connect(at));
      const auto accepted = co_await listener.accept();
      auto client = co_await aside::tcp_stream::connect(at);
      auto server = co_await listener.accept();
      while (aside::info().takeovers == 0)
        co_await aside::sleep_for(1ms);
      for (int i = 0; i < 20; ++i) {
        co_await client.write(std::as_bytes(std::span("ping", 4)));
        const auto chunk = co_await server.receive();
        EXPECT_TRUE(static_cast<bool>(chunk));
        co_await aside::sleep_for(1ms);
      }
      g.open();
    });
  });
}

TEST(takeover, lets_a_blocked_task_be_stopped_when_it_waits_next) {
  auto b = std::make_shared<tally>();
  run_rescued(
      1,
      [](std::shared_ptr<tally> mine) -> task<> {
        gate g;
        bool went_on = false;
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn(
              [](gate& theirs, std::shared_ptr<tally> t,
                 std::shared_ptr<std::atomic<bool>>) -> task<> {
                const counted here(t);
                theirs.block();
                co_await wait_for_ever();
                ADD_FAILURE() << "it was not stopped";
              },
              std::ref(g), mine, std::make_shared<std::atomic<bool>>(false));
          while (aside::info().takeovers == 0)
            co_await aside::sleep_for(1ms);
          n.request_stop();
          g.open();
          went_on = true;
        });
        EXPECT_TRUE(went_on);
        EXPECT_EQ(mine->live, 0);
      },
      b);
}

TEST(takeover, passes_an_exception_on) {
  run_rescued(1, []() -> task<> {
    gate g;
    std::string what;
    try {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(
            [](gate& mine) -> task<> {
              mine.block();
              throw std::runtime_error("after the call");
              co_return;
            },
            std::ref(g));
        n.spawn(&open_when_taken, std::ref(g), 1u);
        co_return;
      });
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    EXPECT_EQ(what, "after the call");
  });
}

struct set_at_end {
  std::atomic<bool>& over;
  explicit set_at_end(std::atomic<bool>& o) : over(o) {}
  set_at_end(const set_at_end&) = delete;
  set_at_end& operator=(const set_at_end&) = delete;
  ~set_at_end() {
    over = true;
    over.notify_all();
  }
};

TEST(takeover, waits_for_a_blocked_task_at_the_end_of_the_runtime) {
  for (const unsigned workers : {1u, 2u}) {
    auto b = std::make_shared<tally>();
    auto g = std::make_shared<gate>();
    std::atomic<bool> over{false};
    const std::jthread opener([&] {
      over.wait(false);
      g->open();
    });
    run_rescued(
        workers,
        [&over](std::shared_ptr<gate> theirs, std::shared_ptr<tally> t) -> task<> {
          const set_at_end at_end(over);
          aside::spawn(
              [](std::shared_ptr<gate> mine, std::shared_ptr<tally> own) -> task<> {
                const counted here(own);
                mine->block();
                aside::spawn(
                    [](std::shared_ptr<tally> last) -> task<> {
                      const counted child(last);
                      co_return;
                    },
                    own);
                co_await aside::sleep_for(1h);  // the runtime stops it
              },
              theirs, t);
          while (aside::info().takeovers == 0)
            co_await aside::sleep_for(1ms);
        },
        g, b);
    EXPECT_EQ(b->live, 0);
  }
}

TEST(takeover, serves_as_many_blocked_tasks_at_once_as_it_has_threads) {
  EXPECT_EQ(aside::run(rescued(1, 3),
                       []() -> task<> {
                         std::deque<gate> gates(3);
                         co_await aside::scope([&](nursery& n) -> task<> {
                           for (gate& g : gates)
                             spawn_blocked(n, g);
                           while (aside::info().takeovers < 3)
                             co_await aside::sleep_for(1ms);
                           for (gate& g : gates)
                             g.open();
                         });
                         EXPECT_EQ(aside::info().takeovers, 3u);
                       }),
            0);
}

TEST(takeover, uses_its_threads_again) {
  run_rescued(1, []() -> task<> {
    for (std::uint64_t i = 1; i <= 10; ++i) {
      gate g;
      co_await aside::scope([&](nursery& n) -> task<> {
        spawn_blocked(n, g);
        n.spawn(&open_when_taken, std::ref(g), i);
        co_return;
      });
    }
    EXPECT_EQ(aside::info().takeovers, 10u);
  });
}

TEST(takeover, leaves_a_task_alone_that_must_stay_on_its_core) {
  gate g;
  std::jthread opener;
  run_rescued(
      1,
      [](gate& mine, std::jthread& t) -> task<> {
        t = std::jthread([&mine] {
          held_turns::await(2);  // after 10 ms and 100 ms: the watchdog has had many looks
          mine.open();
        });
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local([&]() -> task<> {
            mine.block();
            co_return;
          });
          co_return;
        });
        EXPECT_EQ(aside::info().takeovers, 0u);
      },
      std::ref(g), std::ref(opener));
  const auto seen = held_turns::all();
  ASSERT_FALSE(seen.empty());
  EXPECT_FALSE(seen[0].taken_over);
}

TEST(takeover, leaves_a_task_alone_that_computes) {
  run_rescued(2, []() -> task<> {
    while (held_turns::count() < 2) {
    }
    EXPECT_EQ(aside::info().takeovers, 0u);
    co_return;
  });
  const auto seen = held_turns::all();
  ASSERT_FALSE(seen.empty());
  EXPECT_FALSE(seen[0].taken_over);
}

TEST(takeover, keeps_local_children_from_running_beside_a_parent_without_a_core) {
  for (const unsigned workers : {1u, 2u}) {
    run_rescued(workers, []() -> task<> {
      gate g;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(
            [](gate& mine) -> task<> {
              mine.block();
              std::vector<int> order;  // no lock
              co_await aside::scope([&](nursery& inner) -> task<> {
                for (int i = 0; i < 10; ++i)
                  inner.spawn_local([&order, i]() -> task<> {
                    order.push_back(i);
                    co_await aside::yield();
                    order.push_back(i);
                  });
                for (int i = 0; i < 1000; ++i)
                  order.push_back(-1);
                co_return;
              });
              EXPECT_EQ(order.size(), 1020u);
            },
            std::ref(g));
        n.spawn(&open_when_taken, std::ref(g), 1u);
        co_return;
      });
    });
  }
}

TEST(takeover, works_for_tasks_from_other_threads) {
  aside::runtime rt(rescued(1, 2).block_on_runs_tasks(false));  // a guest's core is not taken
  auto g = std::make_shared<gate>();
  auto blocked = rt.spawn_joinable(
      [](std::shared_ptr<gate> mine) -> task<int> {
        mine->block();
        co_await aside::yield();
        co_return 7;
      },
      g);
  auto others = rt.spawn_joinable(
      [](std::shared_ptr<gate> mine) -> task<> { co_await open_when_taken(*mine, 1); }, g);
  const int got = rt.block_on(
      [](aside::join_handle<int> first, aside::join_handle<> second) -> task<int> {
        const int n = co_await first.join();
        co_await second.join();
        co_return n;
      },
      std::move(blocked), std::move(others));
  EXPECT_EQ(got, 7);
}

TEST(takeover, needs_the_watchdog) {
  EXPECT_THROW(aside::run(quiet(1).takeover(1).watchdog(false), []() -> task<> { co_return; }),
               std::invalid_argument);
}

}  // namespace
