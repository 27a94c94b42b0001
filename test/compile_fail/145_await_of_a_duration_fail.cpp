// expect: aside: a duration is not awaited itself: write co_await sleep_for(d)

#include <aside/aside.hpp>

#include <chrono>

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::sleep_for(std::chrono::seconds(1));
#else
  co_await std::chrono::seconds(1);
#endif
}
