// Echo with blocking calls: one OS thread for each connection, with the default stack.

#include <array>
#include <cstdio>
#include <system_error>
#include <thread>

#include "../common/server.h"

namespace {

void echo(int fd) {
  std::array<char, 4096> buffer;
  ssize_t n;
  while ((n = recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
    for (ssize_t sent = 0; sent < n;) {
      ssize_t more = send(fd, buffer.data() + sent, static_cast<size_t>(n - sent), MSG_NOSIGNAL);
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
  server_run(argc, argv, 0, accept_all);
}
