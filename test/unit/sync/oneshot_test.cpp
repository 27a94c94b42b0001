#include "unit/run_test.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace {

using aside::nursery;
using aside::oneshot;
using aside::oneshot_receiver;
using aside::oneshot_sender;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

static_assert(sizeof(oneshot_sender<int>) == sizeof(void*));
static_assert(sizeof(oneshot_receiver<int>) == sizeof(void*));
static_assert(!std::is_copy_constructible_v<oneshot_sender<int>>);
static_assert(!std::is_copy_constructible_v<oneshot_receiver<int>>);

TEST(oneshot, gives_a_value_that_was_there_before) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<int>();
    EXPECT_TRUE(send.set(42));
    const int got = co_await receive;
    EXPECT_EQ(got, 42);
  });
}

TEST(oneshot, gives_a_value_that_was_waited_for) {
  run_in([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      auto [send, receive] = oneshot<std::string>();
      n.spawn(
          [](oneshot_sender<std::string> s) -> task<> {
            co_await aside::yield();
            EXPECT_TRUE(s.set("a value that is too long for the small string"));
          },
          std::move(send));
      const std::string got = co_await receive;
      EXPECT_EQ(got, "a value that is too long for the small string");
    });
  });
}

TEST(oneshot, moves_what_can_only_be_moved_and_destroys_every_instance) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        {
          auto [send, receive] = oneshot<std::unique_ptr<counted>>();
          send.set(std::make_unique<counted>(b));
          const std::unique_ptr<counted> got = co_await receive;
          EXPECT_EQ(b->live, 1);
        }
        {
          auto [send, receive] = oneshot<counted>();
          send.set(counted(b));
          EXPECT_EQ(b->live, 1) << "it waits for its receiver";
        }
        EXPECT_EQ(b->live, 0) << "the receiver has taken it along";
        EXPECT_EQ(b->copies, 0);
      },
      book);
  EXPECT_EQ(book->live, 0);
}

TEST(oneshot, of_nothing_signals) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<>();
    EXPECT_TRUE(send.set());
    co_await receive;
  });
}

TEST(oneshot, without_a_sender_says_so) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<int>();
    {
      const auto gone = std::move(send);
    }
    std::error_code caught;
    try {
      static_cast<void>(co_await receive);
    } catch (const std::system_error& e) {
      caught = e.code();
      EXPECT_NE(std::string(e.what()).find("sender has gone"), std::string::npos) << e.what();
    }
    EXPECT_EQ(caught, aside::errc::sender_gone);
  });
}

TEST(oneshot, as_result_gives_the_error_or_the_value) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<int>();
    {
      const auto gone = std::move(send);
    }
    const auto none = co_await receive.as_result();
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(none.error(), aside::errc::sender_gone);
    auto [again, answer] = oneshot<int>();
    again.set(7);
    const auto seven = co_await answer.as_result();
    EXPECT_EQ(seven.value_or(0), 7);
    auto [signal, signalled] = oneshot<>();
    signal.set();
    const auto came = co_await signalled.as_result();
    EXPECT_TRUE(came.has_value());
  });
}

TEST(oneshot, wakes_a_waiter_whose_sender_is_stopped) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<int>();
    co_await aside::scope([&send](nursery& n) -> task<> {
      n.spawn(
          [](oneshot_sender<int> s) -> task<> {
            co_await wait_for_ever();
            s.set(1);
          },
          std::move(send));
      n.request_stop();
      co_return;
    });
    const auto got = co_await receive.as_result();
    EXPECT_FALSE(got.has_value());
  });
}

TEST(oneshot, set_says_when_the_receiver_has_gone) {
  auto book = std::make_shared<tally>();
  auto [send, receive] = oneshot<counted>();
  EXPECT_FALSE(send.receiver_gone());
  {
    const auto gone = std::move(receive);
  }
  EXPECT_TRUE(send.receiver_gone());
  EXPECT_FALSE(send.set(counted(book)));
  EXPECT_EQ(book->live, 0);
}

struct throws_when_copied {
  bool bad = true;
  throws_when_copied() = default;
  throws_when_copied(const throws_when_copied& other) : bad(other.bad) {
    if (bad) throw std::runtime_error("copy");
  }
  throws_when_copied(throws_when_copied&&) = default;
};

TEST(oneshot, set_that_throws_leaves_the_sender_as_it_was) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<throws_when_copied>();
    throws_when_copied value;
    EXPECT_THROW(send.set(value), std::runtime_error);
    value.bad = false;
    EXPECT_TRUE(send.set(value));
    const throws_when_copied got = co_await receive;
    EXPECT_FALSE(got.bad);
  });
}

TEST(oneshot, keeps_a_value_that_meets_a_stopped_waiter) {
  run_in([]() -> task<> {
    auto [send, receive] = oneshot<int>();
    const auto out = co_await aside::timeout(1ms, [&receive]() -> task<int> {
      const int got = co_await receive;
      co_return got;
    }());
    EXPECT_FALSE(out.has_value());
    EXPECT_FALSE(send.receiver_gone());
    send.set(3);
    const int got = co_await receive;
    EXPECT_EQ(got, 3);
  });
}

TEST(oneshot, is_set_by_a_foreign_thread_while_the_runtime_sleeps) {
  run_in([]() -> task<> {
    for (int i = 0; i < 200; ++i) {
      auto [send, receive] = oneshot<int>();
      std::jthread other([s = std::move(send), i]() mutable { s.set(i); });
      const int got = co_await receive;
      EXPECT_EQ(got, i);
    }
  });
}

// The sender may still be inside `set` when run returns.
TEST(oneshot, set_by_a_foreign_thread_may_be_what_ends_the_runtime) {
  for (int i = 0; i < scaled(1000); ++i) {
    auto [send, receive] = oneshot<int>();
    std::atomic<bool> begun = false;
    std::thread other([&begun, s = std::move(send)]() mutable {
      begun.wait(false);
      s.set(1);
    });
    const int code = aside::run(
        quiet(1 + static_cast<unsigned>(i % 2)),
        [&begun](oneshot_receiver<int> r) -> task<> {
          begun = true;
          begun.notify_one();
          static_cast<void>(co_await r);
        },
        std::move(receive));
    EXPECT_EQ(code, 0);
    other.join();
  }
}

task<> wait_for(oneshot_receiver<counted> r, std::shared_ptr<std::atomic<int>> got) {
  const counted value = co_await r;
  ++*got;
}
task<> give(oneshot_sender<counted> s, std::shared_ptr<tally> b, bool really) {
  if (really) s.set(counted(b));
  co_return;
}

TEST(oneshot, that_races_with_a_stop_leaves_nothing) {
  auto book = std::make_shared<tally>();
  for (const unsigned workers : {1u, 2u, 3u}) {
    run_on(
        workers,
        [](std::shared_ptr<tally> b) -> task<> {
          auto got = std::make_shared<std::atomic<int>>(0);
          for (int i = 0; i < scaled(3000); ++i) {
            co_await aside::scope([&](nursery& n) -> task<> {
              auto [send, receive] = oneshot<counted>();
              n.spawn(&wait_for, std::move(receive), got);
              n.spawn(&give, std::move(send), b, true);
              for (int k = 0; k < i % 4; ++k)
                co_await aside::yield();
              n.request_stop();
            });
            EXPECT_EQ(b->live, 0);
          }
        },
        book);
  }
}

TEST(oneshot, passes_a_hundred_thousand_values_between_cores) {
  run_in([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      for (int t = 0; t < 4; ++t) {
        n.spawn([]() -> task<> {
          co_await aside::scope([](nursery& inner) -> task<> {
            for (int i = 0; i < scaled(25'000); ++i) {
              auto [send, receive] = oneshot<int>();
              inner.spawn(
                  [](oneshot_sender<int> s, int value) -> task<> {
                    EXPECT_TRUE(s.set(value));
                    co_return;
                  },
                  std::move(send), i);
              const int got = co_await receive;
              EXPECT_EQ(got, i);
            }
          });
        });
      }
      co_return;
    });
  });
}

TEST(oneshot_death, set_twice_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto both = oneshot<int>();
        both.sender.set(1);
        both.sender.set(2);
      },
      "set twice.*\n.*oneshot_test.cpp");
}

TEST(oneshot_death, received_twice_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto both = oneshot<int>();
                        both.sender.set(1);
                        int got = co_await both.receiver;
                        got += co_await both.receiver;
                        EXPECT_EQ(got, 1);
                      }),
               "taken twice.*\n.*oneshot_test.cpp");
}

TEST(oneshot_death, moved_between_its_value_and_the_waiter_ends_the_process_and_names_the_waiter) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto both = oneshot<int>();
                        co_await aside::scope([&](nursery& n) -> task<> {
                          n.spawn_local([&]() -> task<> {
                            const int got = co_await both.receiver;
                            EXPECT_EQ(got, 1);
                          });
                          co_await aside::yield();
                          both.sender.set(1);  // the waiter is ready, and has not run
                          const oneshot_receiver<int> elsewhere(std::move(both.receiver));
                          co_await aside::yield();
                        });
                      }),
               "moved or destroyed before.*\n.*oneshot_test.cpp");
}

}  // namespace
