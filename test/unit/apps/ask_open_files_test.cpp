#include "ask/open_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_open_files, tell_who_may_write_to_a_pipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  struct stat what {};
  ASSERT_EQ(fstat(ends[0], &what), 0);
  EXPECT_TRUE(may_write_to(getpid(), what.st_ino));
  EXPECT_FALSE(may_write_to(getpid(), what.st_ino + 1));
  EXPECT_FALSE(may_write_to(-1, what.st_ino)) << "no such process";
  close(ends[1]);
  EXPECT_FALSE(may_write_to(getpid(), what.st_ino)) << "it can only read";
  close(ends[0]);
}

TEST(ask_open_files, tell_who_has_a_file_open) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  struct stat what {};
  ASSERT_EQ(fstat(ends[0], &what), 0);
  const std::array<file_id, 2> files{{{what.st_dev, what.st_ino + 1}, {what.st_dev, what.st_ino}}};
  EXPECT_TRUE(may_wait_for(getpid(), files));
  EXPECT_FALSE(may_wait_for(getpid(), {}));
  EXPECT_FALSE(may_wait_for(-1, files)) << "no such process";
  close(ends[0]);
  close(ends[1]);
  EXPECT_FALSE(may_wait_for(getpid(), files));
}

}  // namespace
}  // namespace aside_test
