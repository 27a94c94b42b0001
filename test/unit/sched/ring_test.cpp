#include "sched/ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <thread>
#include <vector>

namespace {

using aside::detail::run_ring;

struct item {
  std::atomic<int> taken{0};
};

TEST(run_ring, gives_back_in_order_and_says_when_it_is_full_or_empty) {
  run_ring<item, 8> ring;
  std::vector<item> items(9);
  for (int round = 0; round < 1000; ++round) {  // the indices wrap over the slots
    EXPECT_EQ(ring.pop(), nullptr);
    EXPECT_TRUE(ring.empty());
    for (std::size_t i = 0; i < 8; ++i)
      EXPECT_TRUE(ring.push(&items[i]));
    EXPECT_FALSE(ring.push(&items[8]));
    EXPECT_EQ(ring.size(), 8u);
    for (std::size_t i = 0; i < 8; ++i)
      EXPECT_EQ(ring.pop(), &items[i]);
    if (round % 3 == 0) {
      EXPECT_TRUE(ring.push(&items[0]));
      EXPECT_EQ(ring.pop(), &items[0]);
    }
  }
}

TEST(run_ring, gives_back_in_order_where_nobody_steals) {
  run_ring<item, 8> ring;
  std::vector<item> items(8);
  for (int round = 0; round < 100; ++round) {
    EXPECT_EQ(ring.pop_alone(), nullptr);
    for (item& i : items)
      EXPECT_TRUE(ring.push(&i));
    for (item& i : items)
      EXPECT_EQ(ring.pop_alone(), &i);
    EXPECT_TRUE(ring.empty());
  }
}

TEST(run_ring, gives_many_of_the_oldest_at_once) {
  run_ring<item, 8> ring;
  std::vector<item> items(8);
  std::array<item*, 5> many;
  EXPECT_EQ(ring.pop_many(many), 0u);
  for (item& i : items)
    EXPECT_TRUE(ring.push(&i));
  std::vector<item*> oldest;
  ring.for_oldest(3, [&](item* i) { oldest.push_back(i); });
  EXPECT_EQ(oldest, (std::vector<item*>{&items[0], &items[1], &items[2]}));
  EXPECT_EQ(ring.pop_many(many), 5u);
  EXPECT_EQ(many[0], &items[0]);
  EXPECT_EQ(many[4], &items[4]);
  oldest.clear();
  ring.for_oldest(8, [&](item* i) { oldest.push_back(i); });
  EXPECT_EQ(oldest, (std::vector<item*>{&items[5], &items[6], &items[7]}));
  EXPECT_EQ(ring.pop_many(many), 3u);
  EXPECT_TRUE(ring.empty());
}

TEST(run_ring, takes_many_at_once) {
  run_ring<item, 8> ring;
  std::vector<item> items(8);
  std::vector<item*> all;
  for (item& i : items)
    all.push_back(&i);
  const std::span<item* const> many(all);
  for (int round = 0; round < 100; ++round) {
    ring.push_many(many.first(3));
    ring.push_many(many.subspan(3, 0));
    ring.push_many(many.subspan(3));
    EXPECT_FALSE(ring.push(&items[0]));
    for (item& i : items)
      EXPECT_EQ(ring.pop(), &i);
    EXPECT_TRUE(ring.empty());
    ring.push_many(many.first(static_cast<std::size_t>(round % 3)));  // elsewhere next time
    while (ring.pop() != nullptr) {
    }
  }
}

TEST(run_ring, lets_a_thief_take_half_and_run_one_of_it) {
  for (std::size_t count = 0; count <= 8; ++count) {
    run_ring<item, 8> victim;
    run_ring<item, 8> thief;
    std::vector<item> items(8);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_TRUE(victim.push(&items[i]));
    item* const run = victim.steal_into(thief);
    EXPECT_EQ(run != nullptr, count != 0);
    std::size_t seen = run != nullptr ? 1 : 0;
    if (run != nullptr) ++run->taken;
    EXPECT_EQ(victim.size(), count / 2);
    for (auto* ring : {&victim, &thief}) {
      while (item* const i = ring->pop()) {
        ++i->taken;
        ++seen;
      }
    }
    EXPECT_EQ(seen, count);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_EQ(items[i].taken, 1);
  }
}

template <std::uint32_t Capacity>
void contend(int thieves, std::size_t count) {
  run_ring<item, Capacity> ring;
  std::vector<item> items(count);
  std::atomic<bool> over = false;
  std::vector<std::jthread> threads;
  for (int t = 0; t < thieves; ++t) {
    threads.emplace_back([&] {
      run_ring<item, Capacity> mine;
      while (!over || !ring.empty()) {
        item* i = ring.steal_into(mine);
        if (i == nullptr) std::this_thread::yield();
        while (i != nullptr) {
          ++i->taken;
          i = mine.pop();
        }
      }
    });
  }
  for (std::size_t next = 0; next < count;) {
    for (int burst = 0; burst < 5 && next < count && ring.push(&items[next]); ++burst)
      ++next;
    if (next % 5 == 0) {
      const std::size_t n = std::min<std::size_t>({Capacity - ring.size(), 64, count - next});
      std::vector<item*> many;
      for (std::size_t k = 0; k < n; ++k)
        many.push_back(&items[next + k]);
      ring.push_many(many);
      next += n;
    }
    if (next % 3 == 0)
      if (item* const i = ring.pop()) ++i->taken;
    if (next % 7 == 0) {
      std::array<item*, Capacity / 2> many;
      const std::size_t n = ring.pop_many(many);
      for (std::size_t k = 0; k < n; ++k)
        ++many[k]->taken;
    }
    if (ring.size() == Capacity) std::this_thread::yield();
  }
  while (item* const i = ring.pop())
    ++i->taken;
  over = true;
  threads.clear();
  std::size_t wrong = 0;
  for (const item& i : items)
    wrong += i.taken != 1 ? 1u : 0u;
  EXPECT_EQ(wrong, 0u);
}

TEST(run_ring, gives_each_item_to_exactly_one_of_owner_and_thieves) {
  contend<256>(1, 200'000);
  contend<256>(3, 200'000);
}

TEST(run_ring, stays_exact_when_it_is_so_small_that_thieves_and_owner_always_meet) {
  contend<2>(2, 5'000);
  contend<4>(3, 5'000);
}

// A thief's own ring is looked at by other thieves while it fills it.
TEST(run_ring, stays_exact_when_thieves_rob_thieves) {
  constexpr std::size_t count = 20'000;
  constexpr std::size_t robbers = 3;
  std::vector<run_ring<item, 16>> rings(robbers + 1);
  std::vector<item> items(count);
  std::atomic<std::size_t> done = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 1; t <= robbers; ++t) {
    threads.emplace_back([&, t] {
      while (done < count) {
        item* i = rings[t].pop();
        for (std::size_t k = 1; i == nullptr && k <= robbers; ++k)
          i = rings[(t + k) % (robbers + 1)].steal_into(rings[t]);
        if (i != nullptr) {
          ++i->taken;
          ++done;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::size_t next = 0; next < count;) {
    if (rings[0].push(&items[next]))
      ++next;
    else
      std::this_thread::yield();
  }
  threads.clear();
  std::size_t wrong = 0;
  for (const item& i : items)
    wrong += i.taken != 1 ? 1u : 0u;
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
