#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>

using aside::async_generator;
using aside::task;
using namespace std::chrono_literals;

// [by_value]
async_generator<std::string> read_lines(std::string path) {
  for (int line = 1; line <= 3; ++line) {
    if (line == 2) co_await aside::sleep_for(1h);  // a slow disk
    co_yield path + ":" + std::to_string(line);
  }
}
// [/by_value]

task<> read_some(async_generator<std::string>& lines) {
  while (auto line = co_await lines.next())
    std::puts(line->c_str());
}

task<> read_for_a_while() {
  // [stopped]
  auto lines = read_lines("access.log");
  auto in_time = co_await aside::timeout(20ms, read_some(lines));  // waits inside lines
  try {
    while (auto line = co_await lines.next())
      std::puts(line->c_str());
  } catch (const std::system_error& e) {
    std::puts(e.what());
  }
  // [/stopped]
  if (!in_time) std::puts("and the time was over");
}

int main() { return aside::run(read_for_a_while); }
