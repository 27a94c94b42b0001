// Many things to do, a few at a time; and a time that comes again and again.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

task<> fetch(std::string page) {
  co_await aside::sleep_for(5ms);  // the network
  if (page == "page 40") throw std::runtime_error(page + " is not there");
}

task<> app() {
  std::vector<std::string> pages;
  for (int i = 1; i <= 30; ++i)
    pages.push_back("page " + std::to_string(i));
  co_await aside::each(pages, 10, fetch);  // ten at a time
  std::printf("fetched %zu pages\n", pages.size());

  pages.push_back("page 40");
  try {
    co_await aside::each(pages, 10, fetch);
  } catch (const std::runtime_error& e) {
    std::printf("%s\n", e.what());
  }

  aside::interval every(10ms, aside::missed_ticks::skip);
  for (int i = 1; i <= 3; ++i) {
    co_await every.tick();
    std::printf("tick %d\n", i);
  }
  const auto start = std::chrono::steady_clock::now();
  co_await aside::sleep_until(start + 5ms);
  std::puts(std::chrono::steady_clock::now() - start >= 5ms ? "and not too early" : "too early");
}

int main() { return aside::run(app); }
