#include "system/standard_files.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>

#include "exit_code.hpp"

namespace aside_app {

void fill_standard_files() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free descriptor is this one. It is opened for the wrong direction, so that writing
    // to a stdout that was closed is still an error and not a success into nothing.
    const int direction = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", direction) != descriptor)
      throw failure{
          exit_code::environment,
          "aside: descriptor " + std::to_string(descriptor) +
              " is closed and /dev/null can't be opened in its place: " + std::strerror(errno)};
  }
}

void need_output(const char* verb) {
  const int flags = fcntl(STDOUT_FILENO, F_GETFL);
  if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) return;
  throw failure{exit_code::output_lost,
                std::string{verb} + ": stdout is closed, so --json has nowhere to go"};
}

}  // namespace aside_app
