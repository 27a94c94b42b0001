#include "ask/goroutine.hpp"

#include <gtest/gtest.h>
#include <array>

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

TEST(ask_goroutine, its_frame_is_behind_one_word_or_another) {
  auto record = record_of(low + 8'192, low + 7'000);
  EXPECT_EQ(stack_in(record)->frame, 0u);
  record[8] = 0x47'1000;
  record[13] = low + 7'064;
  EXPECT_EQ(stack_in(record)->code, 0x47'1000u);
  EXPECT_EQ(stack_in(record)->frame, low + 7'064) << "as of Go 1.19";
  record[12] = low + 7'072;
  record[13] = 0;
  EXPECT_EQ(stack_in(record)->frame, low + 7'072) << "as of Go 1.26";
  record[12] = low + 6'992;
  EXPECT_EQ(stack_in(record)->frame, 0u) << "below where the stack begins";
}

TEST(ask_goroutine, its_frames_lead_to_whoever_has_called) {
  const goroutine_stack stack{low, low + 8'192, low + 8'000};
  std::array<std::uint64_t, 24> words{};
  words[2] = low + 8'000 + 10 * 8;
  words[3] = 0x47'0001;
  words[10] = 0;
  words[11] = 0x47'0002;
  const auto first = frame_in(stack, words, low + 8'016);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->code, 0x47'0001u);
  const auto second = frame_in(stack, words, first->caller);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, 0x47'0002u);
  EXPECT_FALSE(frame_in(stack, words, second->caller)) << "nobody called it";
}

TEST(ask_goroutine, a_frame_that_can_be_none_ends_them) {
  const goroutine_stack stack{low, low + 8'192, low + 8'000};
  std::array<std::uint64_t, 24> words{};
  words[4] = low + 8'016;
  EXPECT_FALSE(frame_in(stack, words, low + 8'032)) << "its caller would lie below it";
  EXPECT_FALSE(frame_in(stack, words, low + 8'017)) << "between two words";
  EXPECT_FALSE(frame_in(stack, words, low + 7'992)) << "below where the stack begins";
  EXPECT_FALSE(frame_in(stack, words, low + 8'192)) << "beyond its end";
  EXPECT_FALSE(frame_in(stack, words, low + 8'184)) << "half of it beyond what was read";
  EXPECT_FALSE(frame_in(stack, {}, low + 8'000)) << "nothing was read";
  EXPECT_FALSE(frame_in({0, 8'192, 0}, words, 0)) << "it is not known";
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
