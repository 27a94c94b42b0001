#include "base/standard_files.hpp"

#include "unit/child_process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <cerrno>
#include <system_error>

namespace {

using aside::detail::fill_standard_files;
using aside_test::outcome_in_child;

TEST(standard_files, that_are_closed_are_filled_and_stay_an_error) {
  const int code = outcome_in_child([] {
    for (int number = 0; number < 3; ++number)
      ::close(number);
    fill_standard_files();
    char byte = 0;
    if (::read(0, &byte, 1) != -1 || errno != EBADF) return 1;
    for (const int number : {1, 2}) {
      if (::write(number, &byte, 1) != -1 || errno != EBADF) return 2;
      if ((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0) return 3;
    }
    const int next = ::open("/dev/null", O_RDWR);
    return next > 2 ? 0 : 4;
  });
  EXPECT_EQ(code, 0);
}

TEST(standard_files, that_are_open_stay_what_they_are) {
  const int code = outcome_in_child([] {
    ::close(1);
    int ends[2];
    if (::pipe(ends) != 0 || (ends[0] != 1 && ends[1] != 1)) return 1;
    const int flags = ::fcntl(1, F_GETFL);
    fill_standard_files();
    return ::fcntl(1, F_GETFL) == flags ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST(standard_files, that_cannot_be_filled_are_named) {
  const int code = outcome_in_child([] {
    ::close(2);
    const rlimit none{2, 2};
    ::setrlimit(RLIMIT_NOFILE, &none);
    try {
      fill_standard_files();
    } catch (const std::system_error& e) {
      const std::string said = e.what();
      return said.find("descriptor 2, which is closed") != said.npos ? 0 : 1;
    }
    return 2;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
