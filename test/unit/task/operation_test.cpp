// Operations of a user's own: a box that holds nothing, a number, or who waits for one.
#include <aside/operation.hpp>
#include <aside/race.hpp>

#include "unit/run_test.hpp"

#include <chrono>
#include <thread>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

/// 0 nothing; odd: a number; otherwise a waiter.
struct box {
  std::atomic<std::uintptr_t> word{0};
  std::atomic<int> asked{0};

  [[nodiscard]] aside::waiter take_waiter() {
    const std::uintptr_t w = word.exchange(0);
    EXPECT_TRUE(w != 0 && (w & 1) == 0) << "nobody waits";
    return aside::waiter::from_address(reinterpret_cast<void*>(w));
  }
  void put(unsigned number) {
    const std::uintptr_t w = word.exchange(std::uintptr_t{number} << 1 | 1);
    EXPECT_EQ(w & 1, 0u) << "a number was lost";
    if (w != 0) aside::waiter::from_address(reinterpret_cast<void*>(w)).wake();
  }
  [[nodiscard]] bool has_waiter() const {
    const std::uintptr_t w = word.load();
    return w != 0 && (w & 1) == 0;
  }
};

}  // namespace

template <>
inline constexpr bool aside::shareable<box> = true;

namespace {

class ASIDE_AWAIT_IT take : public aside::operation<take> {
 public:
  static constexpr const char* name = "take from a box";
  explicit take(box& from) noexcept : from_(&from) {}

  bool attempt() noexcept {
    ++from_->asked;
    std::uintptr_t w = from_->word.load();
    if ((w & 1) == 0) return false;
    number_ = static_cast<unsigned>(w >> 1);
    return from_->word.compare_exchange_strong(w, 0);
  }
  bool publish(aside::waiter me) noexcept {
    std::uintptr_t nothing = 0;
    me_ = reinterpret_cast<std::uintptr_t>(me.address());
    return from_->word.compare_exchange_strong(nothing, me_);
  }
  bool withdraw() noexcept {
    std::uintptr_t mine = me_;
    return from_->word.compare_exchange_strong(mine, 0);
  }
  unsigned await_resume() const {
    if (number_ == 13) throw std::runtime_error("an unlucky number");
    return number_;
  }

 private:
  box* from_;
  std::uintptr_t me_ = 0;
  unsigned number_ = 0;
};

task<> until_it_waits(const box& b) {
  while (!b.has_waiter())
    co_await aside::yield();
}

TEST(operation, that_is_done_already_does_not_wait) {
  run_in([]() -> task<> {
    box b;
    b.put(7);
    const unsigned got = co_await take(b);
    EXPECT_EQ(got, 7u);
    EXPECT_EQ(b.asked, 1);
  });
}

TEST(operation, throws_what_its_await_resume_throws) {
  run_in([]() -> task<> {
    box b;
    b.put(13);
    bool thrown = false;
    try {
      co_await take(b);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  });
}

TEST(operation, is_woken_by_a_foreign_thread) {
  run_in([]() -> task<> {
    box b;
    std::jthread giver([&] {
      while (!b.has_waiter())
        std::this_thread::yield();
      b.put(8);
    });
    const unsigned got = co_await take(b);
    EXPECT_EQ(got, 8u);
  });
}

TEST(operation, waits_on_after_a_false_wake) {
  run_in([]() -> task<> {
    box b;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const unsigned got = co_await take(b);
        EXPECT_EQ(got, 9u);
      });
      co_await until_it_waits(b);
      b.take_waiter().wake();
      co_await until_it_waits(b);
      b.put(9);
    });
    EXPECT_EQ(b.word, 0u);
  });
}

TEST(operation, a_stop_takes_it_back) {
  run_in([]() -> task<> {
    box b;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const unsigned got = co_await take(b);
        ADD_FAILURE() << "got " << got;
      });
      co_await until_it_waits(b);
      n.request_stop();
    });
    EXPECT_EQ(b.word, 0u) << "somebody could still wake it";
  });
}

TEST(operation, what_was_handed_over_before_a_stop_is_delivered) {
  run_on(1, []() -> task<> {
    box b;
    unsigned got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { got = co_await take(b); });
      co_await until_it_waits(b);
      b.put(10);  // its task is queued behind this one
      n.request_stop();
    });
    EXPECT_EQ(got, 10u);
  });
}

TEST(operation, loses_nothing_when_it_loses_a_race) {
  run_in([]() -> task<> {
    box b;
    aside::event e;
    e.set();
    auto [number, first] = co_await aside::race(take(b), e.wait());
    EXPECT_FALSE(number.has_value());
    EXPECT_TRUE(first);
    EXPECT_EQ(b.word, 0u);
    b.put(11);
    const unsigned got = co_await take(b);
    EXPECT_EQ(got, 11u);
  });
}

task<> give(box& from, box& to, unsigned times) {
  for (unsigned i = 1; i <= times; ++i) {
    const unsigned got = co_await take(from);
    EXPECT_EQ(got, i + (i >= 13 ? 1 : 0));
    to.put(got);
  }
}

TEST(operation, goes_to_and_fro_between_cores) {
  run_in([]() -> task<> {
    box there;
    box back;
    const auto times = static_cast<unsigned>(scaled(20'000));
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&give, std::ref(there), std::ref(back), times);
      for (unsigned i = 1; i <= times; ++i) {
        const unsigned sent = i + (i >= 13 ? 1 : 0);
        there.put(sent);
        const unsigned got = co_await take(back);
        EXPECT_EQ(got, sent);
      }
    });
  });
}

}  // namespace
