// expect: blocking and compute call a plain function; co_await what returns a task

#include <aside/aside.hpp>

aside::task<int> count(int n);
int count_now(int n);

aside::task<> work() {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await aside::blocking(count_now, 1));
#else
  co_await aside::blocking(count, 1);
#endif
}
