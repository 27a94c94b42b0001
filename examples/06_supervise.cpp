// A server's tasks fail apart: the failure of one is reported and the others go on. Here one child spawns
// its siblings, and a task outside of the scope does too, through a nursery_ref.

#include <aside/aside.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <source_location>
#include <stdexcept>

using aside::task;
using namespace std::chrono_literals;

void report(const std::exception_ptr& error, const std::source_location&) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::printf("reported: %s\n", e.what());
  }
}

std::atomic<int> content{0};

task<> serve_customer(int number) {
  co_await aside::sleep_for(number * 5ms);
  if (number == 2) throw std::runtime_error("customer 2 has left without paying");
  content.fetch_add(1);
}

task<> door(aside::nursery_ref shop) {
  for (int number = 1; number <= 3; ++number)
    shop.spawn(serve_customer, number);
  co_return;  // the nursery_ref goes: from here on the shop may close
}

task<> app() {
  co_await aside::supervise([](aside::nursery& n) -> task<> {
    aside::spawn(door, aside::nursery_ref(n));  // a child of the runtime, not of this scope
    co_return;
  });
  std::printf("the shop is closed; %d customers are content\n", content.load());
}

int main() {
  const aside::failure_hook hear = report;  // by default failures are printed on stderr
  return aside::run(aside::options().on_failure(hear), app);
}
