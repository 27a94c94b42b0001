// expect: nor do all, race, shield and the like: write co_await in front of it
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task_local<int> current;
aside::task<> work();

aside::task<> start() {
#ifdef ASIDE_FIXED
  co_await current.with(1, work());
#else
  current.with(1, work());
#endif
  co_return;
}
