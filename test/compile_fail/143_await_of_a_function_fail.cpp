// expect: aside: a function is called to be awaited: write co_await f(x)

#include <aside/aside.hpp>

aside::task<> save();

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await save();
#else
  co_await save;
#endif
}
