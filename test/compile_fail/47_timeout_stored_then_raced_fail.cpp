// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/aside.hpp>
#include <aside/race.hpp>

#include <chrono>
#include <utility>

aside::task<int> answer(const int& seed);

aside::task<> work() {
  using namespace std::chrono_literals;
#ifdef ASIDE_FIXED
  auto ended = co_await aside::race(aside::timeout(1s, answer(3)), answer(4));
#else
  auto stored = aside::timeout(1s, answer(3));
  auto ended = co_await aside::race(std::move(stored), answer(4));
#endif
  if (!std::get<0>(ended)) co_return;
}
