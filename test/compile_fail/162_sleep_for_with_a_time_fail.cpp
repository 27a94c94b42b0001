// expect: aside: sleep_for takes a duration, which has a unit: write sleep_for(5ms)

#include <aside/aside.hpp>

#include <chrono>

using namespace std::chrono_literals;

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::sleep_until(std::chrono::steady_clock::now() + 5ms);
#else
  co_await aside::sleep_for(std::chrono::steady_clock::now() + 5ms);
#endif
}
