// A thousand waits at once, on a handful of threads. The scope returns when all of its children have,
// so they may use what was made before it. If one fails, the others are stopped and the failure comes
// out of the scope.

#include <aside/aside.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>

using aside::task;
using namespace std::chrono_literals;

task<> wait_and_count(std::atomic<int>& done) {
  co_await aside::sleep_for(50ms);
  done.fetch_add(1);
}

task<> fail() {
  co_await aside::sleep_for(5ms);
  throw std::runtime_error("one of them failed");
}

task<> sleep_long() { co_await aside::sleep_for(1h); }

task<> app() {
  std::atomic<int> done{0};
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (int i = 0; i < 1000; ++i)
      n.spawn(wait_and_count, std::ref(done));
    co_return;
  });
  std::printf("%d tasks have waited\n", done.load());

  try {
    co_await aside::scope([](aside::nursery& n) -> task<> {
      n.spawn(sleep_long);  // stopped, not waited for
      n.spawn(fail);
      co_return;
    });
  } catch (const std::runtime_error& e) {
    std::printf("the scope says: %s\n", e.what());
  }
}

int main() { return aside::run(app); }
