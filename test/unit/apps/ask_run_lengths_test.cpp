#include "ask/run_lengths.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using aside_app::ask::run_lengths;

TEST(ask_run_lengths, most_are_typical_however_long_the_others_are) {
  run_lengths runs;
  EXPECT_EQ(runs.typical(), 0);
  EXPECT_EQ(runs.count(), 0u);
  runs.add(7'000, 100);
  runs.add(4'000'000, 20);
  EXPECT_EQ(runs.count(), 120u);
  EXPECT_NEAR(runs.typical(), 7e-6, 1e-9);
  const auto longer = runs.from(16 * runs.typical());
  EXPECT_EQ(longer.times, 20u);
  EXPECT_NEAR(longer.seconds, 0.08, 1e-9);
  EXPECT_EQ(runs.from(1).times, 0u);
}

TEST(ask_run_lengths, nothing_is_too_short_or_too_long) {
  run_lengths runs;
  runs.add(0);
  runs.add(~std::uint64_t{0} / 2);
  EXPECT_EQ(runs.count(), 2u);
  EXPECT_EQ(runs.typical(), 0);
}

}  // namespace
}  // namespace aside_test
