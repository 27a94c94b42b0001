// expect: aside: a function is called to be awaited: write co_await f(x)

#include <aside/aside.hpp>

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::scope([](aside::nursery&) -> aside::task<> { co_return; });
#else
  co_await [](aside::nursery&) -> aside::task<> { co_return; };
#endif
}
