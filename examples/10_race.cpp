// Several things at a time in one task: `all` waits for every one of them, `race` for the first, and
// stops the others. Nothing here is parallel, so the branches may share what the task has.

#include <aside/all.hpp>
#include <aside/aside.hpp>
#include <aside/finally.hpp>
#include <aside/race.hpp>

#include <chrono>
#include <cstdio>

using aside::task;
using namespace std::chrono_literals;

task<int> price_at(const char* shop, int price, std::chrono::milliseconds takes) {
  co_await aside::sleep_for(takes);
  std::printf("%s has answered\n", shop);
  co_return price;
}

task<> say_goodbye() {
  co_await aside::sleep_for(1ms);
  std::puts("said goodbye");
}

task<> app() {
  const auto [here, there] =
      co_await aside::all(price_at("here", 12, 5ms), price_at("there", 10, 30ms));
  std::printf("all: %d and %d\n", here, there);

  const auto [quick, slow] =
      co_await aside::race(price_at("quick", 11, 5ms), price_at("slow", 9, 10'000ms));
  if (quick) std::printf("race: %d\n", *quick);
  if (!slow) std::puts("the slow one was stopped");

  // Clean-up that has to wait runs however its body ends, here by being stopped.
  const auto in_time =
      co_await aside::timeout(5ms, aside::finally(price_at("nobody", 0, 10'000ms), say_goodbye()));
  if (!in_time) std::puts("timed out");
}

int main() { return aside::run(app); }
