// Tasks await one another. Nothing runs until it is awaited, and `co_await f(x)` is the only thing to
// do with a task, so references and temporaries in the expression live long enough.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using aside::task;
using namespace std::chrono_literals;

task<std::string> greet(const std::string& name) {
  co_await aside::sleep_for(10ms);  // the thread does something else meanwhile
  co_return "hello, " + name;
}

task<int> app() {
  const std::string line = co_await greet(std::string("waiting world"));
  std::puts(line.c_str());
  co_return 0;  // what aside::run returns
}

int main() { return aside::run(app); }
