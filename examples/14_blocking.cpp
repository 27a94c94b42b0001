// Calls that hold their thread, without holding up the tasks.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

using aside::task;
using namespace std::chrono_literals;

std::string first_word_of(std::string file) {
  std::ifstream in(file);
  std::string word;
  if (!(in >> word)) throw std::runtime_error("cannot read " + file);
  return word;
}

int slow_library(int n) {
  std::this_thread::sleep_for(20ms);
  return n + 1;
}

task<> app() {
  const std::string word = co_await aside::blocking(first_word_of, std::string("/proc/version"));
  std::printf("this is %s\n", word.c_str());

  try {
    co_await aside::blocking(first_word_of, std::string("/proc/nothing"));
  } catch (const std::runtime_error& e) {
    std::printf("%s\n", e.what());
  }

  int ticks = 0;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> {
      for (aside::interval every(1ms); ticks < 1000; ++ticks)
        co_await every.tick();
    });
    const int two = co_await aside::blocking(slow_library, 1);
    std::printf("slowly: %d\n", two);
    n.request_stop();
  });
  std::printf("meanwhile others ran: %s\n", ticks > 0 ? "yes" : "no");
}

int main() { return aside::run(app); }
