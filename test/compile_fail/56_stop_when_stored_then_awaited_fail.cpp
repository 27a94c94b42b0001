// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/aside.hpp>
#include <aside/stop_token.hpp>

aside::task<int> answer(const int& seed);

aside::task<bool> work(std::stop_token token) {
#ifdef ASIDE_FIXED
  auto got = co_await aside::stop_when(token, answer(3));
#else
  auto stored = aside::stop_when(token, answer(3));
  auto got = co_await stored;
#endif
  co_return got.has_value();
}
