// A value that everything below a call knows, without a parameter in each function: here the number of
// the request that a log line belongs to. Tasks may have names, too: reports and dumps show them.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>

using aside::task;
using namespace std::chrono_literals;

constinit aside::task_local<int> request;

void log(const char* text) {
  if (const int* const number = request.get(); number != nullptr)
    std::printf("request %d: %s\n", *number, text);
  else
    std::puts(text);
}

task<> ask_the_database() {
  log("asks the database");
  co_await aside::sleep_for(1ms);
}

task<> handle() {
  log("begins");
  co_await aside::scope([](aside::nursery& n) -> task<> {
    n.spawn(aside::task_name("database"), ask_the_database);  // inherits the number
    co_return;
  });
  log("ends");
}

task<> app() {
  aside::set_name("requests");
  for (int number = 1; number <= 2; ++number)
    co_await request.with(number, handle());
  log("no more requests");
}

int main() { return aside::run(app); }
