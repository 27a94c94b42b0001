// expect: the function of with_stop_token must take a std::stop_token: write with_stop_token([&](

#include <aside/aside.hpp>
#include <aside/stop_token.hpp>

aside::task<> copy(std::stop_token token);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::with_stop_token([](std::stop_token token) -> aside::task<> {
    co_await copy(token);
  });
#else
  co_await aside::with_stop_token([]() -> aside::task<> { co_return; });
#endif
}
