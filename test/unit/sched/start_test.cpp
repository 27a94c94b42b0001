// A runtime that cannot start says so and leaves everything as it was.
#include "unit/run_test.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system_error>

namespace {

using aside::options;
using aside::task;
using namespace aside_test;

task<int> answer(int n) {
  co_await aside::yield();
  co_return n;
}

/// What fn returns, or exits with, in a process of its own.
template <class F>
int exit_code_in_child(F fn) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fn());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(start, throws_when_it_cannot_start_and_can_be_tried_again) {
  const int code = exit_code_in_child([] {
    rlimit all{};
    ::getrlimit(RLIMIT_NOFILE, &all);
    for (rlim_t left = 0; left < 8; ++left) {
      const int next = ::dup(0);
      ::close(next);
      rlimit few{static_cast<rlim_t>(next) + left, all.rlim_max};
      ::setrlimit(RLIMIT_NOFILE, &few);
      try {
        const int got = aside::run(options().workers(2), &answer, 9);
        if (got != 9) return 2;
      } catch (const std::system_error&) {
      }
      ::setrlimit(RLIMIT_NOFILE, &all);
      if (aside::run(options().workers(2), &answer, 8) != 8) return 4;
    }
    return 0;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
