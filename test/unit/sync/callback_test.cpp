#include "unit/run_test.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace {

using aside::callback;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

/// What a C library offers: it calls back, once, from a thread of its own.
std::thread start_answer(void (*then)(void* context, int answer), void* context) {
  return std::thread([then, context] { then(context, 7); });
}

TEST(callback, brings_a_value_from_a_thread_of_another_library) {
  run_in([]() -> task<> {
    callback<int> done;
    const auto then = [](void* context, int answer) { callback<int>::complete(context, answer); };
    std::thread library = start_answer(then, done.context());
    const int got = co_await done.wait();
    EXPECT_EQ(got, 7);
    library.join();
  });
}

TEST(callback, may_come_before_the_wait) {
  run_in([]() -> task<> {
    callback<> signal;
    EXPECT_TRUE(callback<>::complete(signal.context()));
    co_await signal.wait();

    callback<std::unique_ptr<int>> owner;
    EXPECT_TRUE(
        callback<std::unique_ptr<int>>::complete(owner.context(), std::make_unique<int>(3)));
    const std::unique_ptr<int> got = co_await owner.wait();
    EXPECT_EQ(*got, 3);
  });
}

TEST(callback, throws_what_it_was_failed_with) {
  run_in([]() -> task<> {
    callback<int> done;
    callback<int>::fail(done.context(), std::make_exception_ptr(std::runtime_error("no route")));
    std::string caught;
    try {
      static_cast<void>(co_await done.wait());
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "no route");
  });
}

TEST(callback, says_so_when_it_was_dropped) {
  run_in([]() -> task<> {
    callback<int> done;
    callback<int>::drop(done.context());
    std::error_code error;
    try {
      static_cast<void>(co_await done.wait());
    } catch (const std::system_error& e) {
      error = e.code();
    }
    EXPECT_EQ(error, aside::errc::sender_gone);
  });
}

class picky {
 public:
  explicit picky(int n) {
    if (n < 0) throw std::invalid_argument("negative");
  }
};

TEST(callback, throws_at_the_await_what_making_the_value_threw) {
  run_in([]() -> task<> {
    callback<picky> done;
    EXPECT_TRUE(callback<picky>::complete(done.context(), -1));
    std::string caught;
    try {
      static_cast<void>(co_await done.wait());
    } catch (const std::invalid_argument& e) {
      caught = e.what();
    }
    EXPECT_EQ(caught, "negative");
  });
}

TEST(callback, that_nobody_called_or_awaited_leaves_nothing) {
  auto book = std::make_shared<tally>();
  {
    const callback<counted> never;
    callback<counted> given;
    EXPECT_TRUE(callback<counted>::complete(given.context(), counted(book)));
  }
  EXPECT_EQ(book->live, 0);
}

TEST(callback, that_comes_after_a_stop_is_destroyed_where_it_comes) {
  auto book = std::make_shared<tally>();
  void* context = nullptr;
  run_on(1, [&]() -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        callback<counted> done;
        context = done.context();
        const counted got = co_await done.wait();
        ADD_FAILURE() << "nobody has called back";
      });
      co_await aside::yield();
      n.request_stop();
    });
  });
  EXPECT_FALSE(callback<counted>::complete(context, counted(book)));
  EXPECT_EQ(book->live, 0);
}

TEST(callback, that_races_with_a_stop_is_delivered_or_destroyed) {
  auto book = std::make_shared<tally>();
  run_in(
      [](std::shared_ptr<tally> b) -> task<> {
        std::vector<std::thread> library;
        for (int i = 0; i < scaled(500); ++i) {
          co_await aside::scope([&](nursery& n) -> task<> {
            n.spawn_local([&]() -> task<> {
              callback<counted> done;
              library.emplace_back(
                  [](void* context, std::shared_ptr<tally> mine) {
                    callback<counted>::complete(context, counted(mine));
                  },
                  done.context(), b);
              const counted got = co_await done.wait();
            });
            co_await aside::yield();
            n.request_stop();
          });
        }
        for (std::thread& t : library)
          t.join();
      },
      book);
  EXPECT_EQ(book->live, 0);
}

TEST(callback, can_lose_a_race_against_a_time) {
  run_in([]() -> task<> {
    callback<int> done;
    void* const context = done.context();
    auto [value, late] = co_await aside::race(done.wait(), aside::sleep_for(1ms));
    EXPECT_FALSE(value);
    EXPECT_TRUE(late);
    EXPECT_TRUE(callback<int>::complete(context, 1));
    const int got = co_await done.wait();
    EXPECT_EQ(got, 1);
  });
}

TEST(callback_death, a_second_context_ends_the_process_and_names_the_place) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        callback<int> done;
        void* const first = done.context();
        void* const second = done.context();
        EXPECT_NE(first, second);
      },
      "taken twice.*\n.*callback_test.cpp");
}

TEST(callback_death, a_second_end_names_the_place_where_the_callback_was_made) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        callback<int> done;
        void* const context = done.context();
        EXPECT_TRUE(callback<int>::complete(context, 1));
        callback<int>::drop(context);
      },
      "ended twice.*\n.*callback_test.cpp");
}

}  // namespace
