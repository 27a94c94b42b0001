// expect: aside: an interval is awaited through its tick: write co_await every.tick()

#include <aside/aside.hpp>

aside::task<> work(aside::interval& every) {
#ifdef ASIDE_FIXED
  co_await every.tick();
#else
  co_await every;
#endif
}
