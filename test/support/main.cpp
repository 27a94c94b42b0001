// The main of every unit test. Beyond GoogleTest's flags it takes `--file=unit/net/x_test.cpp`:
// run the tests of that file only. Exit code 77 (skipped, with the reason) when ASIDE_ENGINE=uring
// is asked for where the kernel or a sandbox forbids io_uring; ASIDE_TEST_FORBIDS=io_uring is such a
// sandbox, in which the tests run all the same.
#include <gtest/gtest.h>
#include <liburing.h>

#include "../integration/forbidden.hpp"

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

namespace {

constexpr int skipped = 77;

std::string filter_for_file(std::string_view file) {
  std::string filter;
  const auto& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const auto& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const auto& test = *suite.GetTestInfo(t);
      if (std::string_view(test.file()).ends_with(file)) {
        filter += std::string(filter.empty() ? "" : ":") + suite.name() + "." + test.name();
      }
    }
  }
  return filter;
}

bool is(const char* variable, std::string_view value) {
  const char* const text = std::getenv(variable);
  return text != nullptr && text == value;
}

/// 0 when a ring can be opened, else the errno of the refusal.
int refusal_of_a_ring() {
  io_uring ring{};
  const int error = io_uring_queue_init(2, &ring, 0);
  if (error == 0) io_uring_queue_exit(&ring);
  return -error;
}

bool forbid_io_uring() {
  return aside_test::forbid({SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register}, EPERM) &&
         refusal_of_a_ring() == EPERM;
}

bool io_uring_is_forbidden() {
  if (!is("ASIDE_ENGINE", "uring")) return false;
  const int error = refusal_of_a_ring();
  if (error == 0) return false;
  std::cerr << "skipped: io_uring is not available here (" << std::strerror(error) << ")\n";
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    constexpr std::string_view flag = "--file=";
    const std::string_view argument = argv[i];
    if (!argument.starts_with(flag)) {
      std::cerr << "unknown argument " << argument << "; --help lists the flags\n";
      return 2;
    }
    const auto filter = filter_for_file(argument.substr(flag.size()));
    if (filter.empty()) {
      std::cerr << "no test comes from a file named " << argument.substr(flag.size()) << '\n';
      return 2;
    }
    // A death test's own process is told which test it is: without this it ran the others before.
    if (GTEST_FLAG_GET(filter) == "*") GTEST_FLAG_SET(filter, filter);
  }
  if (is("ASIDE_TEST_FORBIDS", "io_uring")) {
    if (forbid_io_uring()) return RUN_ALL_TESTS();
    std::cerr << "io_uring could not be forbidden\n";
    return 2;
  }
  return io_uring_is_forbidden() ? skipped : RUN_ALL_TESTS();
}
