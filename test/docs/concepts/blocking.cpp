#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

// [call]
std::string read_whole(std::string path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

task<> show(std::string path) {
  const std::string text = co_await aside::blocking(read_whole, path);
  std::printf("%s", text.c_str());
}
// [/call]

int slow_library(int n) {
  std::this_thread::sleep_for(50ms);
  return n;
}

task<> abandon() {
  // [abandon]
  const auto start = std::chrono::steady_clock::now();
  const auto in_time = co_await aside::timeout(
      5ms, []() -> task<> { static_cast<void>(co_await aside::blocking(slow_library, 1)); }());
  const auto took = std::chrono::steady_clock::now() - start;
  std::printf("%s\n", !in_time && took < 50ms ? "the task did not wait for it" : "it did");
  // [/abandon]
  while (aside::info().blocking_abandoned == 0)
    co_await aside::sleep_for(5ms);
  std::printf("abandoned calls: %llu\n",
              static_cast<unsigned long long>(aside::info().blocking_abandoned));
}

task<> overload() {
  // [refused]
  std::string why;
  const std::vector<int> numbers{1, 2, 3, 4, 5, 6, 7, 8};
  co_await aside::all(numbers, [&](int n) -> task<> {
    try {
      static_cast<void>(co_await aside::blocking(slow_library, n));
    } catch (const std::system_error& e) {
      if (e.code() == aside::errc::overloaded) why = e.what();
    }
  });
  std::printf("%s\n", why.c_str());
  // [/refused]
}

task<> app() {
  co_await show("/proc/sys/kernel/ostype");
  co_await abandon();
  co_await overload();
}

int main() {
  // [limits]
  const auto limits = aside::options().blocking_threads(1).blocking_queue(2);
  return aside::run(limits, app);
  // [/limits]
}
