// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/all.hpp>

aside::task<int> answer(const int& seed);

aside::task<int> work() {
#ifdef ASIDE_FIXED
  auto [first, second] = co_await aside::all(answer(3), answer(4));
#else
  auto stored = aside::all(answer(3), answer(4));
  auto [first, second] = co_await stored;
#endif
  co_return first + second;
}
