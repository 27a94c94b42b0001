// expect: does nothing until it is awaited: write co_await
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

#include <chrono>

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::sleep_for(std::chrono::seconds(1));
#else
  aside::sleep_for(std::chrono::seconds(1));
#endif
  co_return;
}
