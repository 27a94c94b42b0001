#include <aside/aside.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

using aside::task;
using namespace std::chrono_literals;

std::atomic<bool> went_on{false};

task<> blocks() {
  while (!went_on)
    std::this_thread::sleep_for(50ms);
  co_return;
}
task<> another() {
  went_on = true;
  co_return;
}

task<> app() {
  co_await aside::scope([](aside::nursery& n) -> task<> {
    n.spawn(another);
    n.spawn(blocks);  // begins first: the one that was made ready last does
    co_return;
  });
  std::printf("taken over: %s\n", aside::info().takeovers > 0 ? "yes" : "no");
}

void say_nothing(const aside::held_turn&) {}

int main() {
  // [takeover]
  const auto o = aside::options().workers(1).takeover(4);
  // [/takeover]
  return aside::run(aside::options(o).on_held(say_nothing), app);
}
