#include "ask/rules.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_rules, a_test_holds_on_its_side_of_the_limit) {
  const test enough{"x", 4, 4, true};
  const test little{"x", 4, 4, false};
  EXPECT_TRUE(enough.holds());
  EXPECT_FALSE(little.holds());
  const test far{"x", 6, 4, true};
  EXPECT_DOUBLE_EQ(far.distance(), 0.5);
}

TEST(ask_rules, a_rule_is_as_near_as_the_test_that_decides) {
  const test near_one{"x", 4.4, 4, true};
  const test far_one{"x", 6, 4, true};
  const test missed{"x", 3, 4, true};
  const test missed_by_far{"x", 1, 4, true};
  const rule holds{"a", {far_one, near_one}};
  EXPECT_TRUE(holds.holds());
  EXPECT_DOUBLE_EQ(holds.margin(), near_one.distance());
  const rule fails{"a", {near_one, missed, missed_by_far}};
  EXPECT_FALSE(fails.holds());
  EXPECT_DOUBLE_EQ(fails.margin(), missed_by_far.distance());
}

TEST(ask_rules, the_last_one_always_holds) {
  const auto rules = rules_for({});
  EXPECT_TRUE(rules.back().tests.empty());
  EXPECT_TRUE(rules.back().holds());
}

}  // namespace
}  // namespace aside_test
