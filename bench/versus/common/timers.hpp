#pragma once

// What the programs in C++ share of the works with timers: which times there are, and which go first.

#include <chrono>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace versus {

// The `index`-th of `live` times, spread evenly from 10 s to an hour.
inline std::chrono::milliseconds spread(std::uint64_t index, std::uint64_t live) {
  return std::chrono::milliseconds(10'000 + index * 3'590'000 / live);
}

// The first `count` of the numbers below `live`, shuffled by xorshift32 from seed 1.
inline std::vector<std::uint32_t> random_order(std::uint64_t live, std::uint64_t count) {
  std::vector<std::uint32_t> order(live);
  std::iota(order.begin(), order.end(), 0u);
  std::uint32_t state = 1;
  for (std::uint64_t i = live; i > 1; --i) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    std::swap(order[i - 1], order[state % i]);
  }
  order.resize(count);
  return order;
}

}  // namespace versus
