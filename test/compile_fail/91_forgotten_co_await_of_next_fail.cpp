// expect: nor do all, race, shield and the like: write co_await in front of it
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task<> skip_one(aside::async_generator<int>& all) {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await all.next());
#else
  all.next();
#endif
  co_return;
}
