// expect: aside: an event or a callback is awaited through its wait: write co_await event.wait()

#include <aside/aside.hpp>

aside::task<> work(aside::event& ready) {
#ifdef ASIDE_FIXED
  co_await ready.wait();
#else
  co_await ready;
#endif
}
