#include <aside/task_local.hpp>

#include <aside/all.hpp>
#include <aside/async_generator.hpp>
#include <aside/finally.hpp>
#include <aside/race.hpp>
#include <aside/stop.hpp>

#include "unit/run_test.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace {

using aside::nursery;
using aside::task;
using aside::task_local;
using namespace aside_test;
using namespace std::chrono_literals;

constinit task_local<int> current;
constinit task_local<std::string> user;

/// What is bound here; 0: nothing.
int seen() { return current.get() != nullptr ? *current.get() : 0; }

task<int> look() { co_return seen(); }
task<int> look_later() {
  co_await aside::yield();
  co_await aside::sleep_for(1ms);
  co_return seen();
}

TEST(task_local, is_nothing_where_nothing_is_bound) {
  EXPECT_EQ(current.get(), nullptr);
  run_in([]() -> task<> {
    EXPECT_EQ(current.get(), nullptr);
    EXPECT_EQ(co_await look(), 0);
    const int there = co_await current.with(1, look());
    EXPECT_EQ(there, 1);
    EXPECT_EQ(current.get(), nullptr);
  });
}

task<std::string> describe() {
  co_await aside::yield();
  const std::string* const u = user.get();
  co_return (u != nullptr ? *u : "nobody") + std::to_string(seen());
}
task<std::string> inner_seven() { co_return co_await current.with(7, describe()); }
task<std::string> with_ann() {
  const std::string before = co_await describe();
  const std::string inside = co_await inner_seven();
  const std::string after = co_await describe();
  co_return before + " " + inside + " " + after;
}
task<std::string> for_ann() { co_return co_await user.with("ann", with_ann()); }

TEST(task_local, is_the_innermost_of_its_own_and_comes_back_after_the_call) {
  run_in([]() -> task<> {
    EXPECT_EQ(co_await current.with(3, for_ann()), "ann3 ann7 ann3");
    EXPECT_EQ(co_await describe(), "nobody0");
  });
}

task<> deep(int levels, int& at_bottom) {
  if (levels == 0) {
    co_await aside::sleep_for(1ms);
    at_bottom = seen();
    co_return;
  }
  co_await deep(levels - 1, at_bottom);
}

TEST(task_local, is_seen_in_the_depth_of_a_recursion) {
  run_in([]() -> task<> {
    int at_bottom = 0;
    co_await current.with(5, deep(2000, at_bottom));
    EXPECT_EQ(at_bottom, 5);
  });
}

task<int> fails() {
  co_await aside::yield();
  throw std::runtime_error(std::to_string(seen()));
}

TEST(task_local, comes_back_after_an_exception) {
  run_in([]() -> task<> {
    const auto inside = []() -> task<int> {
      std::string what;
      try {
        static_cast<void>(co_await current.with(2, fails()));
      } catch (const std::runtime_error& e) {
        what = e.what();
      }
      EXPECT_EQ(what, "2");
      co_return seen();
    };
    EXPECT_EQ(co_await current.with(1, inside()), 1);
  });
}

TEST(task_local, gives_void_references_and_what_can_only_be_moved) {
  run_in([]() -> task<> {
    int n = 0;
    co_await current.with(4, [&]() -> task<> {
      n = seen();
      co_return;
    }());
    EXPECT_EQ(n, 4);
    int& same = co_await current.with(4, [&]() -> task<int&> { co_return n; }());
    EXPECT_EQ(&same, &n);
    const auto box = []() -> task<std::unique_ptr<int>> {
      co_await aside::yield();
      co_return std::make_unique<int>(seen());
    };
    const std::unique_ptr<int> boxed = co_await current.with(6, box());
    EXPECT_EQ(*boxed, 6);
  });
}

constinit task_local<counted> held;

TEST(task_local, moves_its_value_and_destroys_it_when_the_call_ends) {
  run_in([]() -> task<> {
    auto book = std::make_shared<tally>();
    const auto inside = [&]() -> task<> {
      co_await aside::yield();
      EXPECT_GE(book->live, 2);  // the bound one, and what is left of those it was moved from
      EXPECT_NE(held.get(), nullptr);
    };
    counted value(book);
    co_await held.with(std::move(value), inside());
    EXPECT_EQ(book->live, 1);
    EXPECT_EQ(book->copies, 0);
  });
}

TEST(task_local, is_inherited_by_children_of_scopes_that_are_opened_inside) {
  run_in([]() -> task<> {
    static std::atomic<int> parallel;
    parallel = 0;
    std::atomic<int> local{0};
    std::atomic<int> deeper{0};
    std::atomic<int> supervised{0};
    const auto inside = [&]() -> task<int> {
      co_return co_await aside::scope([&](nursery& n) -> task<int> {
        n.spawn([]() -> task<> { parallel += co_await look_later(); });
        n.spawn_local([&]() -> task<> {
          local += co_await look_later();
          co_await aside::supervise([&](nursery& m) -> task<> {
            m.spawn_local([&]() -> task<> { deeper += co_await look_later(); });
            m.spawn_local(
                [&]() -> task<> { supervised += co_await current.with(50, look_later()); });
            co_return;
          });
        });
        auto handle = n.spawn_joinable(look_later);
        const int joined = co_await handle.join();
        co_return joined;
      });
    };
    EXPECT_EQ(co_await current.with(8, inside()), 8);
    EXPECT_EQ(parallel, 8);
    EXPECT_EQ(local, 8);
    EXPECT_EQ(deeper, 8);
    EXPECT_EQ(supervised, 50);
  });
}

TEST(task_local, is_not_inherited_by_tasks_that_may_outlive_the_call) {
  run_in([]() -> task<> {
    static std::atomic<int> detached;
    std::atomic<int> sibling{0};
    detached = -1;
    co_await aside::scope([&](nursery& outer) -> task<> {
      const auto inside = [&]() -> task<> {
        aside::spawn([]() -> task<> { detached = co_await look(); });
        outer.spawn_local([&]() -> task<> { sibling = co_await look_later(); });
        co_return;
      };
      const auto around = [&]() -> task<> { co_await current.with(9, inside()); };
      co_await around();
    });
    while (detached < 0)
      co_await aside::yield();
    EXPECT_EQ(detached, 0);
    EXPECT_EQ(sibling, 0);
    auto handle = aside::spawn_joinable(look_later);
    const int joined =
        co_await current.with(9, [&]() -> task<int> { co_return co_await handle.join(); }());
    EXPECT_EQ(joined, 0);
  });
}

task<std::vector<int>> look_again_and_again(int times) {
  std::vector<int> all;
  for (int i = 0; i < times; ++i) {
    all.push_back(seen());
    co_await aside::sleep_for(1ms);
  }
  co_return all;
}

TEST(task_local, is_each_branchs_own) {
  run_in([]() -> task<> {
    const auto inside = []() -> task<> {
      const auto [a, b, c] =
          co_await aside::all(current.with(1, look_again_and_again(5)),
                              current.with(2, look_again_and_again(5)), look_again_and_again(5));
      EXPECT_EQ(a, std::vector<int>(5, 1));
      EXPECT_EQ(b, std::vector<int>(5, 2));
      EXPECT_EQ(c, std::vector<int>(5, 9));
      const auto nested = []() -> task<int> {
        auto [first, second] =
            co_await aside::race(current.with(4, look_later()), aside::sleep_for(1h));
        static_cast<void>(second);
        co_return first.value_or(0) * 10 + seen();
      };
      const auto [d, e] = co_await aside::all(current.with(3, nested()), nested());
      EXPECT_EQ(d, 43);
      EXPECT_EQ(e, 49);
      EXPECT_EQ(seen(), 9);
    };
    co_await current.with(9, inside());
  });
}

task<int> look_inside_a_shield() {
  const int inner = co_await current.with(3, look_later());
  co_return seen() * 10 + inner;
}

TEST(task_local, goes_through_timeouts_shields_and_clean_up) {
  run_in([]() -> task<> {
    int cleaned = 0;
    const auto inside = [&]() -> task<> {
      EXPECT_EQ(co_await aside::timeout(1h, look_later()), 2);
      EXPECT_EQ(co_await aside::shield(look_later()), 2);
      EXPECT_EQ(co_await aside::try_stopped(look_later()), 2);
      const auto cleanup = [&]() -> task<> { cleaned = co_await look_later(); };
      const auto late = co_await aside::timeout(2ms, aside::finally(wait_for_ever(), cleanup()));
      EXPECT_FALSE(late);
      const auto rebound = co_await aside::shield(look_inside_a_shield());
      EXPECT_EQ(rebound, 23);
    };
    co_await current.with(2, inside());
    EXPECT_EQ(cleaned, 2);
  });
}

TEST(task_local, below_a_shield_lets_no_stop_through) {
  run_in([]() -> task<> {
    std::string log;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const auto shielded = [&]() -> task<> {
          n.request_stop();
          co_await aside::sleep_for(1ms);
          log += "went on " + std::to_string(seen());
        };
        const auto inside = [&]() -> task<> { co_await aside::shield(shielded()); };
        co_await current.with(1, inside());
        co_await aside::yield();
        log += " too far";
      });
      co_await wait_for_ever();
    });
    EXPECT_EQ(log, "went on 1");
  });
}

class notes {
 public:
  explicit notes(std::string& log) : log_(&log) {}
  notes(const notes&) = delete;
  notes& operator=(const notes&) = delete;
  ~notes() { *log_ += std::to_string(seen()) + (aside::stopping() ? "! " : " "); }

 private:
  std::string* log_;
};

task<> notes_and_waits(std::string& log) {
  notes here(log);
  co_await wait_for_ever();
}

TEST(task_local, is_seen_by_destructors_that_a_stop_runs_and_comes_back_where_it_is_caught) {
  run_in([]() -> task<> {
    std::string log;
    const auto inside = [&]() -> task<int> {
      notes here(log);
      const auto middle = [&]() -> task<> {
        notes there(log);
        co_await current.with(2, notes_and_waits(log));
      };
      EXPECT_FALSE(co_await aside::timeout(2ms, middle()));
      co_return seen();
    };
    EXPECT_EQ(co_await current.with(1, inside()), 1);
    EXPECT_EQ(log, "2! 1! 1 ");
    EXPECT_EQ(seen(), 0);
  });
}

aside::async_generator<int> looks() {
  for (;;) {
    co_yield seen();
    co_await aside::yield();
  }
}

TEST(task_local, in_a_generator_is_that_of_whoever_asks_for_the_next_value) {
  run_in([]() -> task<> {
    auto all = looks();
    const auto ask = [&]() -> task<int> {
      const auto next = co_await all.next();
      co_return next.value_or(-1);
    };
    EXPECT_EQ(co_await current.with(1, ask()), 1);
    EXPECT_EQ(co_await current.with(2, ask()), 2);
    EXPECT_EQ(co_await ask(), 0);
  });
}

TEST(task_local, is_nothing_in_blocking_and_there_again_afterwards) {
  run_in([]() -> task<> {
    const auto inside = []() -> task<> {
      const int elsewhere = co_await aside::blocking([] { return seen(); });
      EXPECT_EQ(elsewhere, 0);
      EXPECT_EQ(seen(), 3);
    };
    co_await current.with(3, inside());
  });
}

TEST(task_local, is_read_by_children_on_every_core_at_once) {
  run_on(2, []() -> task<> {
    static std::atomic<int> right;
    right = 0;
    const int children = scaled(2000);
    const auto inside = [&]() -> task<> {
      co_await aside::scope([&](nursery& n) -> task<> {
        for (int i = 0; i < children; ++i)
          n.spawn([]() -> task<> {
            const bool before = user.get() != nullptr && *user.get() == std::string(40, 'u');
            co_await aside::yield();
            const int own = co_await current.with(1, look_later());
            if (before && own == 1 && *user.get() == std::string(40, 'u')) ++right;
          });
        co_return;
      });
    };
    co_await user.with(std::string(40, 'u'), inside());
    EXPECT_EQ(right, children);
  });
}

TEST(task_local, is_nothing_at_first_in_block_on) {
  aside::runtime rt(quiet(1));
  EXPECT_EQ(rt.block_on(look_later), 0);
  EXPECT_EQ(rt.block_on([]() -> task<int> { co_return co_await current.with(1, look_later()); }),
            1);
}

}  // namespace
