#include "ask/command_line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aside_test {
namespace {

TEST(ask_command_line, cuts_the_program_off) {
  using words = std::vector<std::string>;
  words given{"ask", "--json", "x", "--why", "--", "ls", "-l"};
  EXPECT_EQ(aside_app::cut_program(given), (words{"ls", "-l"}));
  EXPECT_EQ(given, (words{"ask", "--json", "x", "--why"}));
  given = {"ask", "--for", "2s", "make", "--why", "--", "x"};
  EXPECT_EQ(aside_app::cut_program(given), (words{"make", "--why", "--", "x"}));
  given = {"ask", "diff", "a", "b"};
  EXPECT_EQ(aside_app::cut_program(given), words{});
  given = {"ask", "--", "diff", "a", "b"};
  EXPECT_EQ(aside_app::cut_program(given), (words{"diff", "a", "b"}));
  given = {"demo", "--", "x"};
  EXPECT_EQ(aside_app::cut_program(given), words{});
}

}  // namespace
}  // namespace aside_test
