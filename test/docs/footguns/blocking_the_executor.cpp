#include <aside/aside.hpp>

#include <chrono>
#include <thread>

using aside::task;
using namespace std::chrono_literals;

// [sleeps]
task<> innocent() {
  while (aside::info().held_turns == 0)
    std::this_thread::sleep_for(20ms);  // holds the core; aside::sleep_for would not
  co_return;
}
// [/sleeps]

task<> app() {
  co_await aside::scope([](aside::nursery& n) -> task<> {
    n.spawn(innocent);
    co_return;
  });
}

int main() {
  // io_uring interrupts sleeping threads; what they are in then has no name of its own.
  return aside::run(aside::options().workers(1).engine(aside::engine_kind::epoll), app);
}
