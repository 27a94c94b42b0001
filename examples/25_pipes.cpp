// Pipes, the standard output as one, and descriptors that a library reads by itself.

#include <aside/aside.hpp>
#include <aside/net/pipe.hpp>
#include <aside/net/poll.hpp>

#include <unistd.h>
#include <cstdio>
#include <string>

using aside::task;

/// As a library has it that does its own reading, and tells its descriptor.
class foreign_connection {
 public:
  explicit foreign_connection(int fd) : fd_(fd) {}
  [[nodiscard]] int descriptor() const { return fd_; }
  [[nodiscard]] bool is_busy() const { return line_.empty() || line_.back() != '\n'; }
  void consume_input() {
    char c = 0;
    if (::read(fd_, &c, 1) == 1) line_ += c;
  }
  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  int fd_;
  std::string line_;
};

task<> write_lines(aside::pipe_writer to) {
  co_await to.write("a line ");
  co_await aside::yield();
  co_await to.write("in two parts\n");
}

task<bool> at_end(aside::pipe_reader& from) {
  const aside::chunk rest = co_await from.receive();
  co_return !rest;
}

task<> app() {
  auto [reader, writer] = co_await aside::pipe();
  aside::spawn(&write_lines, std::move(writer));
  foreign_connection library(reader.native_handle());
  while (library.is_busy()) {
    const auto ready = co_await aside::poll(library.descriptor(), aside::poll_events::readable);
    if (ready == aside::poll_events::readable) library.consume_input();
  }
  const bool all = co_await at_end(reader);
  std::printf("the library has read: %s%s\n", library.line().c_str(), all ? "and that is all" : "?");
  std::fflush(stdout);

  // What is waited for properly does not hold a core: a reader of ours that is slow slows this task
  // only.
  auto out = co_await aside::pipe_writer::from(STDOUT_FILENO).as_result();
  if (out)
    co_await out->write("straight to the standard output\n");
  else  // a regular file, which nobody waits for
    std::printf("straight to the standard output\n");
}

int main() { return aside::run(app); }
