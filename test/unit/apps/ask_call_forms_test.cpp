#include "ask/call_forms.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "unit/apps/ask_runs.hpp"

#include <array>

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_call_forms, where_others_may_wait_for_the_same) {
  const auto shared = common_word_of(call(SYS_futex, {0x1000, 265, 0}));
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->value, 0x1000u);
  EXPECT_TRUE(shared->is_address);
  EXPECT_FALSE(common_word_of(call(SYS_futex, {0x1000, 393, 0}))) << "private";
  const auto set = common_word_of(call(SYS_semop, {17, 0x1000, 1}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->value, 17u);
  EXPECT_FALSE(set->is_address);
  EXPECT_FALSE(common_word_of(call(SYS_read, {3})));
}

TEST(ask_call_forms, the_limit_of_a_wait) {
  EXPECT_EQ(limit_of(call(SYS_epoll_pwait, {3, 0, 9, 250})), std::chrono::milliseconds{250});
  EXPECT_EQ(limit_of(call(SYS_epoll_pwait, {3, 0, 9, 0xffffffff})), std::chrono::milliseconds{0});
#ifdef SYS_poll
  EXPECT_EQ(limit_of(call(SYS_poll, {0x1000, 1, 150})), std::chrono::milliseconds{150});
  EXPECT_EQ(limit_of(call(SYS_poll, {0x1000, 1, 0xffffffff})), std::chrono::milliseconds{0});
#endif
  EXPECT_EQ(limit_of(call(SYS_read, {3, 0, 9, 250})), std::chrono::milliseconds{0});
}

TEST(ask_call_forms, sleeps_and_words) {
  EXPECT_TRUE(is_sleep(call(SYS_clock_nanosleep, {1, 0, 0x1000})));
  EXPECT_FALSE(is_sleep(call(SYS_epoll_pwait, {3, 0, 9, 250}))) << "something else may come first";
  EXPECT_TRUE(waits_at_a_word(call(SYS_futex, {0x1000, 128, 2})));
  EXPECT_TRUE(waits_at_a_word(call(SYS_semop, {17, 0x1000, 1})));
  EXPECT_FALSE(waits_at_a_word(call(SYS_read, {3}))) << "an event descriptor is told";
}

}  // namespace
}  // namespace aside_test
