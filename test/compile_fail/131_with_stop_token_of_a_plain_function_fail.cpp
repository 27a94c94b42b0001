// expect: the function of with_stop_token must return a task: write with_stop_token([&](

#include <aside/aside.hpp>
#include <aside/stop_token.hpp>

aside::task<int> copy(std::stop_token token);
int copy_now(std::stop_token token);

aside::task<> work() {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await aside::with_stop_token(copy));
#else
  co_await aside::with_stop_token(copy_now);
#endif
}
