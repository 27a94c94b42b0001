// The wheel against a plain list: every timer fires once, at its tick, whatever is cancelled meanwhile.
#include "time/wheel.hpp"

#include <aside/time.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace {

using namespace aside::detail;

constexpr std::uint64_t tick = std::uint64_t{1} << timer_wheel::tick_bits;

/// A timer whose firing calls back, by way of a task header that is scheduled.
struct probe : task_header, promise<void>, leaf {
  explicit probe(std::function<void()> f) : leaf(none), fired(std::move(f)) {
    what_ = &descriptor;
    promise<void>::task_ = this;
    leaf::at_ = this;
  }
  static void schedule(task_header& t) noexcept { static_cast<probe&>(t).fired(); }
  static constexpr task_descriptor descriptor{&schedule, nullptr, nullptr, nullptr, nullptr, 0};
  static constexpr leaf_ops none{nullptr, nullptr, "probe"};
  [[nodiscard]] std::uintptr_t target() {
    return reinterpret_cast<std::uintptr_t>(static_cast<leaf*>(this));
  }
  /// As sleep's cancel does it on the wheel's own core.
  bool cancel(timer_wheel& w) {
    std::uintptr_t mine = target();
    if (!node->target_.compare_exchange_strong(mine, 0)) return false;
    w.remove(*node);
    return true;
  }
  std::function<void()> fired;
  timer_node* node = nullptr;
};

TEST(timer_wheel, rounds_up_to_the_next_tick_and_never_down) {
  EXPECT_EQ(timer_wheel::tick_of(0), 0u);
  EXPECT_EQ(timer_wheel::tick_of(1), 1u);
  EXPECT_EQ(timer_wheel::tick_of(tick), 1u);
  EXPECT_EQ(timer_wheel::tick_of(tick + 1), 2u);
  EXPECT_EQ(timer_wheel::tick_of(~std::uint64_t{0}), std::uint64_t{1} << 44);
}

struct model {
  timer_wheel wheel;
  std::uint64_t now;
  std::deque<probe> probes;
  std::map<probe*, std::uint64_t> due;  // not yet fired nor cancelled
  std::vector<probe*> order;

  explicit model(std::uint64_t start) : wheel(start), now(start) {}

  void add(std::uint64_t at) {
    probes.emplace_back([] {});
    probe& p = probes.back();
    p.fired = [this, &p] {
      const auto found = due.find(&p);
      ASSERT_NE(found, due.end()) << "fired twice or after its cancel";
      EXPECT_GE(now, found->second) << "early by " << found->second - now << " ns";
      order.push_back(&p);
      due.erase(found);
    };
    due[&p] = at;
    p.node = wheel.add(at, p.target());
    ASSERT_NE(p.node, nullptr);
  }
  void cancel_one(std::size_t which) {
    if (due.empty()) return;
    auto found = due.begin();
    std::advance(found, static_cast<std::ptrdiff_t>(which % due.size()));
    probe* const p = found->first;
    due.erase(found);
    EXPECT_TRUE(p->cancel(wheel));
  }
  void advance(std::uint64_t to) {
    const std::uint64_t promised = wheel.next_ns();
    for (const auto& [p, at] : due)
      EXPECT_LE(promised, std::max((timer_wheel::tick_of(at)) * tick, now / tick * tick + tick))
          << "the core would sleep too long";
    now = to;
    wheel.advance(now);
    for (const auto& [p, at] : due)
      EXPECT_GT(timer_wheel::tick_of(at) * tick, now) << "late by " << now - at;
    EXPECT_EQ(wheel.size(), due.size());
  }
};

class timer_wheel_random : public testing::TestWithParam<std::uint64_t> {};

TEST_P(timer_wheel_random, fires_every_timer_at_its_tick) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    model m(GetParam());
    const auto near_or_far = [&] {
      const unsigned magnitude = static_cast<unsigned>(random() % 46);
      return random() & ((std::uint64_t{1} << magnitude) - 1);
    };
    for (int step = 0; step < 600; ++step) {
      switch (random() % 5) {
        case 0:
        case 1:
          m.add(m.now + near_or_far());
          break;
        case 2:
          m.add(m.now - std::min(m.now, near_or_far()));
          break;
        case 3:
          m.cancel_one(random());
          break;
        default: {
          // Timers of the past fire at the tick after the wheel's present one.
          m.advance(m.now / tick * tick + tick + (near_or_far() >> (random() % 8)));
        }
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    while (m.wheel.next_ns() != timer_wheel::never)
      m.advance(std::max(m.wheel.next_ns(), m.now + tick));
    EXPECT_TRUE(m.due.empty());
    EXPECT_EQ(m.wheel.size(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(started_at, timer_wheel_random,
                         testing::Values(std::uint64_t{0}, 123'456'789'012, tick * 64 - 1,
                                         tick*((std::uint64_t{1} << 36) - 3),
                                         tick*((std::uint64_t{1} << 42) - 70)));

TEST(timer_wheel, is_never_early_where_all_its_digits_change) {
  model m(tick * ((std::uint64_t{1} << 36) - 2));
  m.add(m.now + 3'600'000'000'000);
  for (int i = 0; i < 100; ++i)
    m.advance(m.now + tick);
  EXPECT_EQ(m.due.size(), 1u);
  m.advance(m.now + 3'600'000'000'000);
  EXPECT_EQ(m.due.size(), 0u);
}

TEST(timer_wheel, keeps_the_end_of_time_far_away) {
  model m(tick);
  m.add(static_cast<std::uint64_t>(clock::time_point::max().time_since_epoch().count()));
  std::uint64_t years = 0;
  while (m.due.size() == 1 && years < 400) {
    m.advance(m.now + 31'556'952'000'000'000);
    ++years;
  }
  EXPECT_GE(years, 291u);
}

TEST(timer_wheel, lets_a_timer_cancel_others_of_the_same_slot) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    timer_wheel w(0);
    std::deque<probe> all;
    std::vector<bool> over(40, false);
    const std::uint64_t at = seed % 2 == 0 ? 5 * tick : 70 * tick;
    for (std::size_t i = 0; i < over.size(); ++i) {
      all.emplace_back([&, i] {
        EXPECT_FALSE(over[i]);
        over[i] = true;
        for (int k = 0; k < 3; ++k) {
          const std::size_t other = random() % over.size();
          if (!over[other]) {
            EXPECT_TRUE(all[other].cancel(w));
            over[other] = true;
          }
        }
      });
    }
    for (probe& p : all)
      p.node = w.add(at, p.target());
    w.advance(at);
    EXPECT_EQ(std::ranges::count(over, false), 0);
    EXPECT_EQ(w.size(), 0u);
    EXPECT_EQ(w.next_ns(), timer_wheel::never);
  }
}

TEST(timer_wheel, lets_a_timer_add_others_that_fire_later) {
  timer_wheel w(0);
  int rounds = 0;
  probe p([&] {
    if (++rounds < 500) p.node = w.add(0, p.target());
  });
  p.node = w.add(tick, p.target());
  std::uint64_t now = 0;
  while (rounds < 500 && now < 2000 * tick)
    w.advance(now += tick);
  EXPECT_EQ(rounds, 500);
}

// What another core does: it may only exchange the target and count.
TEST(timer_wheel, takes_back_what_other_threads_cancelled) {
  timer_wheel w(0);
  constexpr std::size_t count = 5000;
  std::vector<std::unique_ptr<probe>> all;
  std::atomic<std::size_t> fired = 0;
  std::atomic<std::size_t> cancelled = 0;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(std::make_unique<probe>([&] { ++fired; }));
    all[i]->node = w.add((1 + i % 300) * tick, all[i]->target());
  }
  std::atomic<bool> go = false;
  std::jthread other([&] {
    go.wait(false);
    for (std::size_t i = 0; i < count; ++i) {
      probe& p = *all[(i * 7919) % count];
      std::uintptr_t mine = p.target();
      if (p.node->target_.compare_exchange_strong(mine, 0)) {
        timer_wheel::of(*p.node).count_dead();
        ++cancelled;
      }
    }
  });
  go = true;
  go.notify_one();
  std::uint64_t now = 0;
  while (now < 301 * tick)
    w.advance(now += tick);
  other.join();
  EXPECT_EQ(fired + cancelled, count);
  EXPECT_EQ(w.size(), 0u);
}

TEST(timer_wheel, collects_many_dead_timers_before_their_time) {
  timer_wheel w(0);
  std::vector<std::unique_ptr<probe>> all;
  for (std::size_t i = 0; i < 3000; ++i) {
    all.push_back(std::make_unique<probe>([] { ADD_FAILURE() << "a dead timer fired"; }));
    all[i]->node = w.add((std::uint64_t{1} << 40) + i * tick, all[i]->target());
  }
  for (const auto& p : all) {
    p->node->target_.store(0);
    w.count_dead();
  }
  w.advance(tick);
  EXPECT_EQ(w.size(), 0u);
}

}  // namespace
