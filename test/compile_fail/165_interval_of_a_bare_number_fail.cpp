// expect: aside: an interval's period is a duration, which has a unit: write interval(5ms)

#include <aside/aside.hpp>

#include <chrono>

using namespace std::chrono_literals;

aside::task<> work() {
#ifdef ASIDE_FIXED
  aside::interval every(5ms);
#else
  aside::interval every(5);
#endif
  co_await every.tick();
}
