#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "ask/ask.hpp"
#include "ask/rules.hpp"
#include "ask/verdict.hpp"
#include "exit_code.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_explain, every_code_has_a_kind_an_advice_and_a_page) {
  const std::set<std::string_view> kinds{"busy",  "waiting", "lock",  "turns", "queued", "disk",
                                         "mixed", "loop",    "timer", "idle",  "short"};
  const std::set<std::string_view> advice{"threads", "tasks", "simple", "other"};
  for (const auto code : all_codes()) {
    EXPECT_TRUE(kinds.contains(code.substr(0, code.find('.')))) << code;
    EXPECT_TRUE(advice.contains(advice_for(code, {}))) << code;
    EXPECT_TRUE(aside_app::explanation_of(std::string{code}).starts_with(code)) << code;
  }
  EXPECT_THROW(aside_app::explanation_of("fast"), aside_app::failure);
  for (const auto& each : rules_for({}))
    EXPECT_NE(std::find(all_codes().begin(), all_codes().end(), each.code), all_codes().end())
        << each.code;
}

}  // namespace
}  // namespace aside_test
