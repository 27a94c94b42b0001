#include <aside/detail/header.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace {

using aside::detail::frame_allocate;
using aside::detail::frame_free;

struct piece {
  std::byte* memory;
  std::size_t size;
  unsigned char mark;
};

piece make(std::size_t size, unsigned char mark) {
  auto* const memory = static_cast<std::byte*>(frame_allocate(size));
  std::memset(memory, mark, size);
  return {memory, size, mark};
}
bool intact_then_free(const piece& p) {
  const bool intact =
      std::all_of(p.memory, p.memory + p.size, [&](std::byte b) { return b == std::byte{p.mark}; });
  frame_free(p.memory, p.size);
  return intact;
}

TEST(frame_pool, gives_aligned_memory_of_every_size) {
  for (std::size_t size = 0; size <= 9000; ++size) {
    const piece a = make(size, 1);
    const piece b = make(size, 2);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.memory) % 16, 0u) << size;
    EXPECT_TRUE(intact_then_free(a)) << size;
    EXPECT_TRUE(intact_then_free(b)) << size;
  }
}

TEST(frame_pool, gives_no_byte_twice) {
  std::mt19937 random(11);
  std::vector<piece> live;
  for (int i = 0; i < 100'000; ++i) {
    if (live.size() < 2000 && random() % 3 != 0) {
      const std::size_t sizes[] = {
          1, 16, 17, 80, 144, 1024, 1025, 8191, 8192, 8193, random() % 1200};
      live.push_back(
          make(sizes[random() % std::size(sizes)], static_cast<unsigned char>(random())));
    } else if (!live.empty()) {
      std::swap(live[random() % live.size()], live.back());
      ASSERT_TRUE(intact_then_free(live.back()));
      live.pop_back();
    }
  }
  for (const piece& p : live)
    EXPECT_TRUE(intact_then_free(p));
}

TEST(frame_pool, takes_what_another_thread_has_allocated_and_gives_it_out_again) {
  std::mutex mutex;
  std::vector<piece> shared;
  std::atomic<int> left = 4;
  std::atomic<int> broken = 0;
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 20'000; ++i) {
        if (t % 2 == 0) {
          const piece p = make(16 + random() % 4 * 64, static_cast<unsigned char>(random()));
          const std::scoped_lock lock(mutex);
          shared.push_back(p);
        } else {
          std::vector<piece> got;
          {
            const std::scoped_lock lock(mutex);
            while (!shared.empty() && got.size() < 3) {
              got.push_back(shared.back());
              shared.pop_back();
            }
          }
          for (const piece& p : got)
            broken += intact_then_free(p) ? 0 : 1;
        }
      }
      --left;
    });
  }
  threads.clear();
  for (const piece& p : shared)
    broken += intact_then_free(p) ? 0 : 1;
  EXPECT_EQ(broken, 0);
}

TEST(frame_pool, gives_memory_of_ended_threads_out_again) {
#if defined(ASIDE_ASAN)
  GTEST_SKIP() << "the address sanitizer's builds keep no pool";
#endif
  std::vector<void*> first;
  constexpr std::size_t size = 752;  // a size that nothing else here uses
  for (int round = 0; round < 20; ++round) {
    std::thread([&] {
      std::vector<void*> mine;
      for (int i = 0; i < 500; ++i)
        mine.push_back(frame_allocate(size));
      if (round == 0) {
        first = mine;
        std::ranges::sort(first);
      } else {
        int known = 0;
        for (void* m : mine)
          known += std::ranges::binary_search(first, m) ? 1 : 0;
        EXPECT_GE(known, 490);
      }
      for (void* m : mine)
        frame_free(m, size);
    }).join();
  }
}

}  // namespace
