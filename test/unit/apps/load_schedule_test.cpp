#include "swarm/load/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "swarm/load/options.hpp"

namespace aside_test {
namespace {

using namespace std::chrono_literals;
using aside_app::load::options;
using aside_app::load::schedule;

TEST(load_schedule, distances_are_equal_over_all_connections) {
  const schedule times{1000, 4};
  EXPECT_EQ(times.due(0, 0), 0ns);
  EXPECT_EQ(times.due(1, 0), 1ms);
  EXPECT_EQ(times.due(3, 0), 3ms);
  EXPECT_EQ(times.due(0, 1), 4ms);
  EXPECT_EQ(times.due(2, 250), 1002ms);
}

TEST(load_schedule, errors_do_not_add_up) {
  const schedule times{3, 1};
  EXPECT_EQ(times.due(0, 3'000'000), std::chrono::seconds{1'000'000});
}

/// The processes of a load, each of which knows its own share alone, make every message once.
TEST(load_schedule, shares_of_processes_interleave) {
  options asked;
  asked.connections = 7;
  asked.processes = 3;
  asked.rate = 100;
  std::vector<std::chrono::nanoseconds> all;
  std::size_t connections = 0;
  for (asked.share = 0; asked.share < asked.processes; ++asked.share) {
    const schedule times{asked.rate, asked.connections};
    std::vector<std::chrono::nanoseconds> mine;
    connections += asked.mine(asked.connections);
    for (std::uint64_t turn = 0; turn < 2; ++turn)
      for (std::size_t i = 0; i < asked.mine(asked.connections); ++i)
        mine.push_back(times.due(asked.number_of(i), turn));
    // In this order the pacer opens the gates.
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  EXPECT_EQ(connections, 7u);
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 14u);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i], i * 10ms);
}

}  // namespace
}  // namespace aside_test
