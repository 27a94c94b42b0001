// The main of every unit test. Beyond GoogleTest's flags it takes `--file=unit/net/x_test.cpp`:
// run the tests of that file only. Exit code 77 (skipped, with the reason) when ASIDE_ENGINE=uring
// is asked for where the kernel or a sandbox forbids io_uring.
#include <gtest/gtest.h>
#include <liburing.h>

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

bool io_uring_is_forbidden() {
  const char* engine = std::getenv("ASIDE_ENGINE");
  if (engine == nullptr || std::string_view(engine) != "uring") {
    return false;
  }
  io_uring ring{};
  const int error = io_uring_queue_init(2, &ring, 0);
  if (error == 0) {
    io_uring_queue_exit(&ring);
    return false;
  }
  std::cerr << "skipped: io_uring is not available here (" << std::strerror(-error) << ")\n";
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
  return io_uring_is_forbidden() ? skipped : RUN_ALL_TESTS();
}
