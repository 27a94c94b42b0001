// expect: nor do all, race, shield and the like: write co_await in front of it
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task<> commit();

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::shield(commit());
#else
  aside::shield(commit());
#endif
  co_return;
}
