#include "ask/goroutine.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

constexpr std::uint64_t low = 0xc0'1000'0000;

goroutine_record record_of(std::uint64_t high, std::uint64_t pointer) {
  return {low, high, low + 928, low + 928, 0, 0, 0xc0'0000'8000, pointer};
}

TEST(ask_goroutine, its_stack_goes_on_within_its_bounds) {
  const auto stack = stack_in(record_of(low + 8'192, low + 7'000));
  ASSERT_TRUE(stack);
  EXPECT_EQ(stack->pointer, low + 7'000);
  EXPECT_TRUE(stack->holds(low));
  EXPECT_FALSE(stack->holds(low + 8'192));
}

TEST(ask_goroutine, anything_else_is_none) {
  EXPECT_FALSE(stack_in(record_of(low + 8'192, low + 8'192))) << "it goes on outside of it";
  EXPECT_FALSE(stack_in(record_of(low + 8'192, low - 8)));
  EXPECT_FALSE(stack_in(record_of(low + 8'192, low + 7'001))) << "between two words";
  EXPECT_FALSE(stack_in(record_of(low + 5'000, low + 4'000))) << "stacks are doubled, never else";
  EXPECT_FALSE(stack_in(record_of(low + 1'024, low + 512)));
  EXPECT_FALSE(stack_in(record_of(low - 8'192, low)));
  EXPECT_FALSE(stack_in({}));
}

TEST(ask_goroutine, its_record_is_no_part_of_the_programs_file) {
  EXPECT_TRUE(may_be_record(0xc0'0000'61c0));
  EXPECT_FALSE(may_be_record(0xc0'0000'61c4)) << "between two words";
  EXPECT_FALSE(may_be_record(0x52'61c0));
  EXPECT_FALSE(may_be_record(0xffff'c000'0000'0000)) << "the kernel's";
  EXPECT_FALSE(may_be_record(0));
}

TEST(ask_goroutine, a_file_of_go_has_its_note) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(is_made_by_go("\x7f" "ELF..\4\0\0\0S\0\0\0\4\0\0\0Go\0\0id"sv));
  EXPECT_FALSE(is_made_by_go("\x7f" "ELF..\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0id"sv));
  EXPECT_FALSE(is_made_by_go(""));
}

}  // namespace
}  // namespace aside_test
