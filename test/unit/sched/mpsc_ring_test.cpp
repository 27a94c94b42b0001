#include "sched/mpsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace {

using aside::detail::mpsc_ring;
using aside::detail::pushed;

TEST(mpsc_ring, gives_back_in_order_until_it_is_full) {
  mpsc_ring<int, 8> ring;
  std::vector<int> items(1000);
  std::mt19937 random(3);
  std::size_t in = 0;
  std::size_t out = 0;
  while (out < items.size()) {
    if (in < items.size() && random() % 2 == 0) {
      const bool full = in - out == ring.capacity();
      EXPECT_EQ(ring.push(&items[in]), full ? pushed::full : pushed::yes);
      if (!full) ++in;
    } else {
      std::array<int*, 4> got{};
      const std::size_t most = random() % 5;
      const std::size_t n = ring.take(std::span(got.data(), most));
      EXPECT_EQ(n, std::min(most, in - out));
      for (std::size_t i = 0; i < n; ++i)
        EXPECT_EQ(got[i], &items[out + i]);
      out += n;
    }
    EXPECT_EQ(ring.size(), in - out);
  }
}

TEST(mpsc_ring, takes_nothing_in_after_it_is_closed_and_gives_out_the_rest) {
  mpsc_ring<int, 8> ring;
  std::array<int, 3> items{};
  for (int& each : items)
    EXPECT_EQ(ring.push(&each), pushed::yes);
  std::array<int*, 8> got{};
  EXPECT_EQ(ring.take(std::span(got.data(), 1)), 1u);
  EXPECT_EQ(ring.close(), 3u);
  EXPECT_EQ(ring.push(items.data()), pushed::closed);
  EXPECT_EQ(ring.size(), 2u);
  EXPECT_EQ(ring.take(got), 2u);
  EXPECT_EQ(got[1], &items[2]);
  EXPECT_EQ(ring.size(), 0u);
}

TEST(mpsc_ring, gives_each_item_once_and_each_pushers_in_order) {
  constexpr std::size_t pushers = 3;
  constexpr std::size_t each = 20'000;
  mpsc_ring<std::size_t, 64> ring;
  std::vector<std::size_t> items(pushers * each);
  std::vector<std::jthread> threads;
  for (std::size_t p = 0; p < pushers; ++p) {
    threads.emplace_back([&, p] {
      for (std::size_t i = p * each; i < (p + 1) * each; ++i) {
        items[i] = i;
        while (ring.push(&items[i]) == pushed::full)
          std::this_thread::yield();
      }
    });
  }
  std::array<std::size_t, pushers> next{};
  std::array<std::size_t*, 10> got{};
  for (std::size_t taken = 0; taken < items.size();) {
    const std::size_t n = ring.take(got);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t p = *got[i] / each;
      ASSERT_EQ(*got[i] % each, next[p]);
      ++next[p];
    }
    taken += n;
    if (n == 0) std::this_thread::yield();
  }
  EXPECT_EQ(ring.size(), 0u);
}

}  // namespace
