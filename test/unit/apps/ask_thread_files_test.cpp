#include "ask/thread_files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

thread_record thread_of(pid_t pid) {
  thread_record made;
  made.pid = made.tid = pid;
  return made;
}

TEST(ask_thread_files, a_full_table_is_no_end_of_a_thread) {
  auto own = thread_of(getpid());
  thread_files files{8};
  EXPECT_TRUE(files.times_of(own));
  files.close(own);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  auto none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto times = files.times_of(own);
  const bool is_full = files.is_full();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(times);
  EXPECT_TRUE(is_full);
  EXPECT_TRUE(files.times_of(own));
  EXPECT_FALSE(files.is_full());
  files.close(own);
}

TEST(ask_thread_files, a_thread_that_is_gone_is_no_full_table) {
  auto gone = thread_of(1 << 22);
  thread_files files{8};
  EXPECT_FALSE(files.times_of(gone));
  EXPECT_FALSE(files.is_full());
}

TEST(ask_thread_files, no_more_stay_open_than_are_allowed) {
  auto own = thread_of(getpid());
  thread_files files{1};
  EXPECT_TRUE(files.times_of(own));
  EXPECT_TRUE(files.call_of(own));
  EXPECT_GE(own.schedstat_file, 0);
  EXPECT_EQ(own.call_file, -1);
  files.close(own);
  EXPECT_EQ(own.schedstat_file, -1);
  files.leave(7);
  EXPECT_TRUE(files.times_of(own)) << "opened and closed again";
  EXPECT_EQ(own.schedstat_file, -1);
}

}  // namespace
}  // namespace aside_test
