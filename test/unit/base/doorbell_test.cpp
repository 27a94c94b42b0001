#include "base/doorbell.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace {

using aside::detail::doorbell;
using namespace std::chrono_literals;

TEST(doorbell, that_rang_before_the_wait_is_heard) {
  doorbell bell;
  const auto seen = bell.rung();
  bell.ring();
  bell.wait(seen, doorbell::forever);
  EXPECT_EQ(bell.rung(), seen + 1);
}

TEST(doorbell, is_not_waited_for_longer_than_the_limit) {
  doorbell bell;
  const auto began = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < began + 20ms)
    bell.wait(bell.rung(), 20'000'000);
  EXPECT_EQ(bell.rung(), 0u);
}

TEST(doorbell, loses_no_ring) {
  constexpr std::uint32_t rings = 20'000;
  doorbell bell;
  std::atomic<std::uint32_t> answered{0};
  std::thread other([&] {
    for (std::uint32_t i = 1; i <= rings; ++i) {
      bell.ring();
      while (answered.load() < i)
        std::this_thread::yield();
    }
  });
  for (std::uint32_t seen = 0; seen < rings;) {
    bell.wait(seen, doorbell::forever);  // for ever, if one is lost
    if (bell.rung() == seen) continue;
    seen = bell.rung();
    answered.store(seen);
  }
  other.join();
  EXPECT_EQ(answered.load(), rings);
}

}  // namespace
