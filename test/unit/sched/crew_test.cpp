// A runtime that cannot start says so and leaves everything as it was.
#include "unit/child_process.hpp"
#include "unit/run_test.hpp"

#include <sys/resource.h>
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

TEST(crew, throws_when_it_cannot_start_and_can_be_tried_again) {
  const int code = outcome_in_child([] {
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
