// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/aside.hpp>

#include <chrono>
#include <string>
#include <utility>

aside::task<int> length(const std::string& text);

aside::task<> work() {
  using namespace std::chrono_literals;
#ifdef ASIDE_FIXED
  auto got = co_await aside::timeout(1s, length(std::string("a text that dies at the semicolon")));
#else
  auto stored = aside::timeout(1s, length(std::string("a text that dies at the semicolon")));
  auto got = co_await std::move(stored);
#endif
  if (!got) co_return;
}
