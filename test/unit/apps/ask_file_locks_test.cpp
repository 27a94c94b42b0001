#include "ask/file_locks.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// A child that has the file for itself, until it is killed.
class holder {
 public:
  explicit holder(int file) {
    std::array<int, 2> ready{};
    EXPECT_EQ(pipe(ready.data()), 0);
    pid_ = fork();
    if (pid_ == 0) {
      struct flock all {};
      all.l_type = F_WRLCK;
      const bool has_it = fcntl(file, F_SETLK, &all) == 0;
      (void)!write(ready[1], has_it ? "y" : "n", 1);
      for (;;) pause();
    }
    close(ready[1]);
    char answer = 'n';
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    close(ready[0]);
  }
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  ~holder() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = 0;
};

TEST(ask_file_locks, hold_up_whoever_has_a_file_open_that_one_after_another_has_for_itself) {
  std::array<char, 32> name{"/tmp/aside_locks_XXXXXX"};
  const int file = mkstemp(name.data());
  ASSERT_GE(file, 0);
  unlink(name.data());
  file_locks locks{std::chrono::milliseconds{0}};
  {
    const holder first{file};
    EXPECT_FALSE(locks.hold_up(getpid())) << "nobody else has ever had it";
    EXPECT_FALSE(locks.are_shared());
  }
  const holder second{file};
  EXPECT_TRUE(locks.hold_up(getpid()));
  EXPECT_FALSE(locks.hold_up(second.pid())) << "it has the lock";
  EXPECT_TRUE(locks.are_shared());
  close(file);
  EXPECT_FALSE(locks.hold_up(getpid())) << "it does not have the file open any more";
}

}  // namespace
}  // namespace aside_test
