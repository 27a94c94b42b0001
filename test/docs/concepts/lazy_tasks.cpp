#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

// [makes]
task<std::string> greet(const std::string& name) {
  std::puts("greet runs");
  co_await aside::sleep_for(1ms);  // the thread does something else meanwhile
  co_return "hello, " + name;
}

task<> meet() {
  std::puts("meet runs");
  const std::string line = co_await greet("Ada");
  std::puts(line.c_str());
}
// [/makes]

task<int> price_of(std::string item) {
  co_await aside::sleep_for(1ms);
  co_return static_cast<int>(item.size());
}
task<> log(std::string line) {
  std::puts(line.c_str());
  co_return;
}

task<> several() {
  // [several]
  const auto [tea, milk] = co_await aside::all(price_of("tea"), price_of("milk"));
  const std::vector<std::string> items{"tea", "milk", "biscuits"};
  const std::vector<int> prices = co_await aside::all(items, price_of);
  auto later = aside::spawn_joinable(price_of, std::string("sugar"));  // begins on its own
  const int sugar = co_await later.join();
  aside::spawn(log, std::string("nobody awaits this one"));
  // [/several]
  std::printf("%d %d %d %d\n", tea, milk, prices[2], sugar);
}

// [choose]
task<int> choose(bool urgent) {
  if (urgent) co_return 0;
  const int price = co_await price_of("a letter");
  co_return price;
}
// [/choose]

// [wrapper]
ASIDE_WRAPPER task<int> price_of_tea() { return price_of("tea"); }
// [/wrapper]

/// Until the tasks that nobody awaits have ended.
task<> until_alone() {
  while (aside::info().live_tasks > 1)
    co_await aside::yield();
}

task<> app() {
  co_await meet();
  co_await several();
  co_await until_alone();
  const int urgent = co_await choose(true);
  const int normal = co_await choose(false);
  const int tea = co_await price_of_tea();
  std::printf("%d %d %d\n", urgent, normal, tea);
}

int main() { return aside::run(aside::options().workers(1), app); }
