// A coroutine that gives many values and may wait in between: its consumer asks for one after the
// other, and nothing runs ahead. It ends with its consumer, wherever it stands.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using aside::async_generator;
using aside::task;
using namespace std::chrono_literals;

async_generator<std::string> pages() {
  for (int page = 1;; ++page) {
    co_await aside::sleep_for(1ms);  // asks a server
    co_yield "page " + std::to_string(page);
  }
}

async_generator<std::string> numbered(async_generator<std::string> texts) {
  int line = 0;
  while (auto text = co_await texts.next())
    co_yield std::to_string(++line) + ": " + *text;
}

task<> app() {
  auto lines = numbered(pages());
  while (auto line = co_await lines.next()) {
    std::puts(line->c_str());
    if (line->ends_with("3")) break;
  }
}

int main() { return aside::run(app); }
