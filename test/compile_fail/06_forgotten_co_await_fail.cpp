// expect: a task does nothing until it is awaited: write co_await f(x)
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task<> save(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await save(3);
#else
  save(3);
#endif
  co_return;
}
