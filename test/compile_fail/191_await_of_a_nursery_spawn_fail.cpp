// expect: aside: spawn returns at once, with nothing to await: write co_await f(x)

#include <aside/aside.hpp>

aside::task<> save();

aside::task<> work(aside::nursery& children) {
#ifdef ASIDE_FIXED
  children.spawn(save);
  co_return;
#else
  co_await children.spawn(save);
#endif
}
