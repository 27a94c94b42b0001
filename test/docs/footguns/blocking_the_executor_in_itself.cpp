#include <aside/aside.hpp>

#include <chrono>

using aside::task;
using namespace std::chrono_literals;

// [block_on]
aside::runtime tasks;

int price_of(int item) {  // called from all over the program
  return tasks.block_on([=]() -> task<int> {
    co_await aside::sleep_for(1ms);
    co_return 3 * item;
  });
}

task<int> order() { co_return price_of(1) + price_of(2); }  // … and from a task

int main() { return tasks.block_on(order); }
// [/block_on]
