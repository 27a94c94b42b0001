// expect: stop_when takes a task, the call of a coroutine: write stop_when(token, f(x)); put an operation

#include <aside/aside.hpp>
#include <aside/stop_token.hpp>

#include <chrono>

aside::task<bool> rest(std::stop_token token) {
#ifdef ASIDE_FIXED
  const auto rested = co_await aside::stop_when(
      token, []() -> aside::task<> { co_await aside::sleep_for(std::chrono::seconds(1)); }());
#else
  const auto rested =
      co_await aside::stop_when(token, aside::sleep_for(std::chrono::seconds(1)));
#endif
  co_return rested.has_value();
}
