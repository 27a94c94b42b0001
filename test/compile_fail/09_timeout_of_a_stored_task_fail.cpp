// expect: a task cannot be stored or moved: write co_await f(x) in one expression

#include <aside/aside.hpp>

#include <chrono>
#include <utility>

aside::task<> save(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto saved = co_await aside::timeout(std::chrono::seconds(1), save(3));
#else
  auto stored = save(3);
  auto saved = co_await aside::timeout(std::chrono::seconds(1), std::move(stored));
#endif
  if (!saved) co_return;
}
