#include "base/standard_files.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <string>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

void fill_standard_files() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // For the wrong direction, so that reading or writing is the error it was before. Inherited by other
    // programs, which need it as much.
    const int got = ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (got < 0)
      throw std::system_error(errno, std::system_category(),
                              "open /dev/null in the place of descriptor " +
                                  std::to_string(number) + ", which is closed");
    if (got != number) ::close(got);  // another thread has opened something there
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
