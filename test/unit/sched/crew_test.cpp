// A runtime that cannot start says so and leaves everything as it was; what starts needs no standard files.
#include "unit/child_process.hpp"
#include "unit/run_test.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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

bool are_devices() {
  for (int number = 0; number < 3; ++number) {
    struct stat s{};
    if (::fstat(number, &s) != 0 || !S_ISCHR(s.st_mode)) return false;
  }
  return true;
}

/// Of 0, 1 and 2 there are those whose bits are set.
void leave_open(unsigned numbers) {
  const int null = ::open("/dev/null", O_RDWR);
  for (int number = 0; number < 3; ++number) {
    if ((numbers >> number & 1) != 0)
      ::dup2(null, number);
    else
      ::close(number);
  }
  ::close(null);
}

TEST(crew, leaves_the_standard_numbers_to_the_standard_files) {
  for (unsigned open = 0; open < 8; ++open) {
    for (const bool own_tables : {false, true}) {
      SCOPED_TRACE(testing::Message() << "open: " << open << ", tables of their own: " << own_tables);
      const int code = outcome_in_child([&] {
        leave_open(open);
        const auto how = options().workers(2).descriptors_per_core(own_tables);
        const int got = aside::run(how, []() -> task<int> {
          auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
          if (listener.native_handle() < 3) co_return 2;
          co_return are_devices() ? 3 : 4;
        });
        return are_devices() ? got : 5;
      });
      EXPECT_EQ(code, 3);
    }
    const int code = outcome_in_child([&] {
      leave_open(open);
      aside::runtime rt(options().workers(1));
      return are_devices() ? 3 : 4;
    });
    EXPECT_EQ(code, 3);
  }
}

}  // namespace
