// expect: aside: sleep_until takes a time of std::chrono::steady_clock

#include <aside/aside.hpp>

#include <chrono>

using namespace std::chrono_literals;

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::sleep_until(std::chrono::steady_clock::now() + 5ms);
#else
  co_await aside::sleep_until(5ms);
#endif
}
