#include "sched/age.hpp"

#include <gtest/gtest.h>

namespace {

using namespace aside::detail;

constexpr std::uint64_t step = std::uint64_t{1} << age_bits;

TEST(age, counts_from_the_wait_to_now_in_steps_of_the_clock) {
  EXPECT_EQ(age_ms(age_at(0), age_at(step - 1)), 0u);
  EXPECT_EQ(age_ms(age_at(0), age_at(step)), 4u);
  EXPECT_EQ(age_ms(age_at(5 * step), age_at(5 * step + 10'000'000'000)), 9999u);
}

TEST(age, goes_on_where_the_units_wrap) {
  const std::uint64_t wrap = step << 32;
  EXPECT_EQ(age_ms(age_at(wrap - step), age_at(wrap + step)), 8u);
  const std::uint64_t half_a_year = std::uint64_t{180} * 86'400 * 1'000'000'000;
  EXPECT_NEAR(static_cast<double>(age_ms(age_at(wrap - step), age_at(wrap - step + half_a_year))),
              static_cast<double>(half_a_year / 1'000'000), 5.0);
}

TEST(age, is_nothing_when_another_core_looked_at_the_clock_later) {
  EXPECT_EQ(age_ms(age_at(3 * step), age_at(2 * step)), 0u);
}

}  // namespace
