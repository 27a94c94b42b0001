// expect: blocking and compute call a plain function; co_await what returns a task

#include <aside/aside.hpp>
#include <aside/compute.hpp>

aside::task<int> count(int n);
int count_now(int n);

aside::task<> work() {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await aside::compute(count_now, 1));
#else
  co_await aside::compute(count, 1);
#endif
}
