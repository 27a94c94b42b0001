// expect: nor do all, race, shield and the like: write co_await in front of it
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>
#include <aside/race.hpp>

#include <chrono>

aside::task<> save(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto [saved, late] = co_await aside::race(save(3), aside::sleep_for(std::chrono::seconds(1)));
  if (!saved) co_return;
#else
  aside::race(save(3), aside::sleep_for(std::chrono::seconds(1)));
#endif
  co_return;
}
