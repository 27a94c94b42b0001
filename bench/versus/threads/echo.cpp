// Echo with blocking calls: one OS thread for each connection, with the default stack.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <system_error>
#include <thread>

#include "../common/server.h"

namespace {

std::size_t buffer_size;

void echo(int fd) {
  auto buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
  ssize_t n;
  while ((n = recv(fd, buffer.get(), buffer_size, 0)) > 0) {
    for (ssize_t sent = 0; sent < n;) {
      ssize_t more = send(fd, buffer.get() + sent, static_cast<size_t>(n - sent), MSG_NOSIGNAL);
      if (more < 0) break;
      sent += more;
    }
  }
  close(fd);
}

void* accept_all(void* listener) {
  for (;;) {
    int fd = accept4(static_cast<int>(reinterpret_cast<intptr_t>(listener)), nullptr, nullptr,
                     SOCK_CLOEXEC);
    if (fd < 0) {
      std::perror("accept");
      continue;
    }
    try {
      std::thread(echo, fd).detach();
    } catch (const std::system_error& error) {
      std::fprintf(stderr, "a connection gets no thread: %s\n", error.what());
      close(fd);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  server_descriptors();
  buffer_size = std::max(4096u, 2 * server_argument(argc, argv, "size", 0));
  server_run(argc, argv, 0, accept_all);
}
