// expect: aside: spawn returns at once, with nothing to await: write co_await f(x)

#include <aside/aside.hpp>

aside::task<> save();

aside::task<> work() {
#ifdef ASIDE_FIXED
  aside::spawn(save);
  co_return;
#else
  co_await aside::spawn(save);
#endif
}
