// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/aside.hpp>

#include <utility>

aside::task<int> answer(const int& seed);

aside::task<int> work() {
#ifdef ASIDE_FIXED
  co_return co_await aside::shield(answer(3));
#else
  auto stored = aside::shield(answer(3));
  co_return co_await std::move(stored);
#endif
}
