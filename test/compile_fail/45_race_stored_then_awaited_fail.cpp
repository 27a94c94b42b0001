// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/race.hpp>
#include <aside/sleep.hpp>

#include <chrono>
#include <utility>

aside::task<int> answer(const int& seed);

aside::task<int> work() {
  using namespace std::chrono_literals;
#ifdef ASIDE_FIXED
  auto [value, late] = co_await aside::race(answer(3), aside::sleep_for(1s));
#else
  auto stored = aside::race(answer(3), aside::sleep_for(1s));
  auto [value, late] = co_await std::move(stored);
#endif
  co_return late ? 0 : *value;
}
