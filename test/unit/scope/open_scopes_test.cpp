// A stop that comes from outside of a scope reaches the scope's waiting children also while the scope's body, or whatever
// waits in its stead, is not stopped itself. What holds the body here is the end of its children: where they are not told,
// the test stands still.
#include "unit/run_test.hpp"

#include <aside/all.hpp>
#include <aside/finally.hpp>
#include <aside/join.hpp>
#include <aside/race.hpp>
#include <aside/stop_token.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

/// Children that end by a stop only, and their last one's end.
class brood {
 public:
  static constexpr int count = 70;  // more than a stopper claims at once

  void spawn_into(nursery& n) {
    for (int i = 0; i < count; ++i)
      n.spawn([](brood& mine) -> task<> { co_await mine.child(); }, std::ref(*this));
  }
  task<> gone() {
    while (left_ != 0)
      co_await changed_.wait();
  }
  task<> waiting() {
    while (begun_ != count)
      co_await aside::yield();
    co_await aside::yield();
  }
  [[nodiscard]] bool is_gone() const noexcept { return left_ == 0; }
  [[nodiscard]] bool is_whole() const noexcept { return left_ == count; }

 private:
  task<> child() {
    struct end {
      brood* mine;
      explicit end(brood& b) : mine(&b) {}
      end(const end&) = delete;
      ~end() {
        EXPECT_TRUE(aside::stopping());
        --mine->left_;
        mine->changed_.set();
      }
    } const at_end(*this);
    ++begun_;
    co_await wait_for_ever();
  }

  std::atomic<int> begun_{0};
  std::atomic<int> left_{count};
  aside::event changed_;
};

}  // namespace

template <>
inline constexpr bool aside::shareable<brood> = true;

namespace {

TEST(open_scopes, are_told_while_their_body_waits_in_a_shield) {
  run_in([]() -> task<> {
    brood b;
    bool footer = false;
    const auto in_time = co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
                                                   b.spawn_into(n);
                                                   co_await aside::shield(b.gone());
                                                   footer = true;
                                                   co_await wait_for_ever();
                                                 }));
    EXPECT_FALSE(in_time.has_value());
    EXPECT_TRUE(footer);
  });
}

TEST(open_scopes, are_told_when_the_stop_came_in_the_turn_that_enters_the_shield) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      brood b;
      co_await aside::scope([&](nursery& outer) -> task<> {
        co_await aside::scope([&](nursery& n) -> task<> {
          b.spawn_into(n);
          co_await b.waiting();
          outer.request_stop();
          co_await aside::shield(b.gone());
        });
      });
      EXPECT_TRUE(b.is_gone());
    }
  });
}

TEST(open_scopes, are_told_when_the_stop_came_from_another_core_in_that_turn) {
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      auto stage = std::make_shared<std::atomic<int>>(0);
      auto h = aside::spawn_joinable(
          [](std::shared_ptr<std::atomic<int>> at) -> task<> {
            brood b;
            co_await aside::scope([&](nursery& n) -> task<> {
              b.spawn_into(n);
              co_await b.waiting();
              *at = 1;
              while (*at == 1)  // in one turn
                std::this_thread::yield();
              co_await aside::shield(b.gone());
            });
          },
          stage);
      while (*stage == 0)
        co_await aside::yield();
      h.request_stop();
      *stage = 2;
      const auto got = co_await h.join().as_result();
      EXPECT_FALSE(got.has_value());
    }
  });
}

TEST(open_scopes, are_told_by_whatever_stops_their_task) {
  run_in([]() -> task<> {
    for (int how = 0; how < 4; ++how) {
      brood b;
      aside::event ready;
      std::stop_source source;
      const auto work = [&]() -> task<> {
        co_await aside::scope([&](nursery& n) -> task<> {
          b.spawn_into(n);
          co_await b.waiting();
          ready.set();
          co_await aside::shield(b.gone());
        });
      };
      if (how == 0) {
        co_await aside::scope([&](nursery& outer) -> task<> {
          outer.spawn_local([&]() -> task<> { co_await work(); });
          co_await ready.wait();
          outer.request_stop();
        });
      } else if (how == 1) {
        const auto [one, other] = co_await aside::race(work(), ready.wait());
        EXPECT_TRUE(other);
      } else if (how == 2) {
        const auto stops = [&]() -> task<> {
          co_await ready.wait();
          source.request_stop();
        };
        const auto both = [&]() -> task<> {
          co_await aside::all(aside::stop_when(source.get_token(), work()), stops());
        };
        co_await both();
      } else {
        const auto fails = [&]() -> task<> {
          co_await ready.wait();
          throw std::runtime_error("a failure beside it");
        };
        const auto both = [&]() -> task<> { co_await aside::all(work(), fails()); };
        EXPECT_FALSE((co_await aside::try_stopped([&]() -> task<bool> {
                        try {
                          co_await both();
                        } catch (const std::runtime_error&) {
                          co_return false;
                        }
                        co_return true;
                      }())).value());
      }
      EXPECT_TRUE(b.is_gone());
    }
  });
}

TEST(open_scopes, of_branches_and_of_what_awaits_them_are_told) {
  run_in([]() -> task<> {
    brood outside;
    brood inside;
    brood deep;
    const auto in_time = co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
      outside.spawn_into(n);
      const auto branch = [&]() -> task<> {
        co_await aside::scope([&](nursery& mine) -> task<> {
          inside.spawn_into(mine);
          const auto inner = [&]() -> task<> {
            co_await aside::scope([&](nursery& innermost) -> task<> {
              deep.spawn_into(innermost);
              co_await aside::shield(deep.gone());
            });
          };
          co_await aside::all(inner(), aside::shield(inside.gone()));
        });
      };
      co_await aside::all(aside::shield(outside.gone()), branch());
    }));
    EXPECT_FALSE(in_time.has_value());
    EXPECT_TRUE(outside.is_gone() && inside.is_gone() && deep.is_gone());
  });
}

TEST(open_scopes, are_told_while_their_body_cleans_up) {
  run_in([]() -> task<> {
    brood b;
    const auto in_time =
        co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
                                  b.spawn_into(n);
                                  co_await aside::finally(wait_for_ever(), b.gone());
                                }));
    EXPECT_FALSE(in_time.has_value());
    EXPECT_TRUE(b.is_gone());
  });
}

TEST(open_scopes, around_the_one_that_waits_are_told_too) {
  run_in([]() -> task<> {
    brood outer;
    brood inner;
    const auto both = [&]() -> task<> {
      co_await outer.gone();
      co_await inner.gone();
    };
    const auto in_time = co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
      outer.spawn_into(n);
      co_await aside::scope([&](nursery& m) -> task<> {
        inner.spawn_into(m);
        co_await aside::shield(both());
      });
    }));
    EXPECT_FALSE(in_time.has_value());
    EXPECT_TRUE(outer.is_gone() && inner.is_gone());
  });
}

TEST(open_scopes, inside_of_a_shield_are_not_told) {
  run_in([]() -> task<> {
    brood around;
    const auto shielded = [&]() -> task<> {
      brood b;
      bool whole = false;
      co_await aside::scope([&](nursery& n) -> task<> {
        b.spawn_into(n);
        co_await around.gone();  // so the stop has come
        for (int i = 0; i < 10; ++i)
          co_await aside::yield();
        whole = b.is_whole() && !n.stop_requested();
        n.request_stop();
      });
      EXPECT_TRUE(whole);
      EXPECT_TRUE(b.is_gone());
    };
    const auto in_time = co_await aside::timeout(2ms, aside::scope([&](nursery& n) -> task<> {
                                                   around.spawn_into(n);
                                                   co_await aside::shield(shielded());
                                                 }));
    EXPECT_FALSE(in_time.has_value());
  });
}

TEST(open_scopes, are_not_told_of_a_limit_inside_of_their_body) {
  run_in([]() -> task<> {
    brood b;
    bool whole = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      b.spawn_into(n);
      co_await b.waiting();
      const auto in_time = co_await aside::timeout(1ms, wait_for_ever());
      EXPECT_FALSE(in_time.has_value());
      const auto [one, other] = co_await aside::race(wait_for_ever(), aside::yield());
      EXPECT_TRUE(other);
      for (int i = 0; i < 10; ++i)
        co_await aside::yield();
      whole = b.is_whole() && !n.stop_requested();
      n.request_stop();
    });
    EXPECT_TRUE(whole);
  });
}

TEST(open_scopes, are_told_of_the_end_of_the_runtime) {
  static std::atomic<int> entered;
  static std::atomic<int> left;
  entered = left = 0;
  int runs = 0;
  run_in([&]() -> task<> {
    ++runs;
    aside::spawn([]() -> task<> {
      brood b;
      co_await aside::scope([&](nursery& n) -> task<> {
        b.spawn_into(n);
        co_await b.waiting();
        ++entered;
        co_await aside::shield(b.gone());
        ++left;
      });
    });
    while (entered != runs)
      co_await aside::yield();
  });
  EXPECT_EQ(left, 2);
}

}  // namespace
