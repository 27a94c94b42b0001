// What does every task wait for? Here the answer goes into a pipe, and some of it is printed.

#include <aside/aside.hpp>
#include <aside/dump.hpp>

#include <unistd.h>
#include <array>
#include <cstdio>
#include <string>

using aside::task;

constexpr int line_of_inner = __LINE__ + 1;
task<> inner(aside::event& never) { co_await never.wait(); }
constexpr int line_of_outer = __LINE__ + 1;
task<> outer(aside::event& never) { co_await inner(never); }

std::string read_dump(int fd) {
  std::string text;
  std::array<char, 4096> room{};
  do {
    const ssize_t n = ::read(fd, room.data(), room.size());
    if (n <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(n));
  } while (!text.ends_with('\n'));
  return text;
}

task<> app() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) co_return;
  aside::event never;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await outer(never); });
    co_await aside::yield();  // it begins, and waits
    aside::dump_tasks(ends[1]);
    const std::string text = co_await aside::blocking(read_dump, ends[0]);
    std::printf("%s\n", text.substr(0, text.find('\n')).c_str());
    const std::string chain = ":" + std::to_string(line_of_outer) +
                              " > examples/19_dump.cpp:" + std::to_string(line_of_inner) +
                              " > wait for an event";
    std::printf("%s\n", text.find(chain) != text.npos ? "outer > inner > wait for an event" : "?");
    n.request_stop();
  });
  ::close(ends[0]);
  ::close(ends[1]);
}

int main() { return aside::run(app); }
