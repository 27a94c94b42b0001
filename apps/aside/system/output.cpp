#include "system/output.hpp"

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>

namespace aside_app {

namespace {

std::atomic<int> first_error{0};

/// After a failed write: true when it is worth another try.
bool may_try_again(int descriptor) noexcept {
  if (errno == EAGAIN) {
    pollfd writable{descriptor, POLLOUT, 0};
    poll(&writable, 1, -1);
    return true;
  }
  if (errno == EINTR) return true;
  int none = 0;
  if (descriptor == STDOUT_FILENO) first_error.compare_exchange_strong(none, errno);
  return false;
}

}  // namespace

void put_text(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto put = write(descriptor, text.data(), text.size());
    if (put > 0)
      text.remove_prefix(static_cast<std::size_t>(put));
    else if (!may_try_again(descriptor))
      return;
  }
}

void put_line(int descriptor, std::string_view line) noexcept {
  if (line.ends_with('\n')) line.remove_suffix(1);
  // One call for both parts, so that lines of several processes do not mix; no memory is needed.
  char end = '\n';
  iovec parts[] = {{const_cast<char*>(line.data()), line.size()}, {&end, 1}};
  ssize_t put = 0;
  do {
    put = writev(descriptor, parts, 2);
  } while (put < 0 && may_try_again(descriptor));
  if (put < 0) return;
  const auto done = static_cast<std::size_t>(put);
  if (done < line.size()) put_text(descriptor, line.substr(done));
  if (done <= line.size()) put_text(descriptor, "\n");
}

int output_error() noexcept { return first_error.load(); }

}  // namespace aside_app
