// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/aside.hpp>

#include <chrono>

aside::task<> save(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto saved = co_await aside::timeout(std::chrono::seconds(1), save(3));
  if (!saved) co_return;
#else
  auto first = aside::timeout(std::chrono::seconds(1), save(3));
  auto second = first;
#endif
  co_return;
}
