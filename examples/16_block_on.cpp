// Tasks beside ordinary threads: a runtime as an object.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

task<int> slow_square(int n) {
  co_await aside::sleep_for(10ms);
  co_return n * n;
}

int main() {
  aside::runtime tasks;  // its workers run until the end of main

  // One call from blocking code: this thread waits, and runs tasks meanwhile.
  std::printf("7 squared: %d\n", tasks.block_on(slow_square, 7));

  // Many at once: spawned from here, awaited together.
  std::vector<aside::join_handle<int>> squares;
  for (int n = 1; n <= 100; ++n)
    squares.push_back(tasks.spawn_joinable(slow_square, n));
  const int sum = tasks.block_on([&]() -> task<int> {
    int total = 0;
    for (auto& square : squares) {
      const int one = co_await square.join();
      total += one;
    }
    co_return total;
  });
  std::printf("the sum of 100 squares: %d\n", sum);
}
