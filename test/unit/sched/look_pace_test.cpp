#include "sched/look_pace.hpp"

#include <gtest/gtest.h>

namespace {

using aside::detail::look_pace;
constexpr std::uint64_t ms = 1'000'000;

TEST(look_pace, slows_down_while_every_look_finds_all_cores_asleep) {
  look_pace pace;
  EXPECT_EQ(pace.next(true), 20 * ms);
  EXPECT_EQ(pace.next(true), 40 * ms);
  EXPECT_EQ(pace.next(true), 40 * ms);
  EXPECT_EQ(pace.next(false), 10 * ms);
  EXPECT_EQ(pace.next(true), 20 * ms);
  pace.begin_anew();
  EXPECT_EQ(pace.next(true), 20 * ms);
}

TEST(look_pace, looks_closely_for_a_minute_after_a_long_time_awake_with_few_turns) {
  look_pace pace;
  EXPECT_EQ(pace.next(true), 20 * ms);
  pace.was_awake(30 * ms, 2);
  for (unsigned i = 0; i < look_pace::closely; ++i) {
    ASSERT_TRUE(pace.suspicious());
    ASSERT_EQ(pace.next(true), 10 * ms) << i;
  }
  EXPECT_FALSE(pace.suspicious());
  EXPECT_EQ(pace.next(true), 20 * ms);
}

TEST(look_pace, thinks_nothing_of_short_times_and_of_many_turns) {
  look_pace pace;
  pace.was_awake(10 * ms, 1);
  pace.was_awake(30 * ms, 300);
  EXPECT_EQ(pace.next(true), 20 * ms);
}

}  // namespace
