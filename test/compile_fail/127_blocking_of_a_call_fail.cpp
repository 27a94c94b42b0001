// expect: blocking and compute take a function and its arguments

#include <aside/aside.hpp>

aside::task<int> count(int n);

aside::task<int> work() {
#ifdef ASIDE_FIXED
  const int n = co_await count(1);
  co_return n;
#else
  co_await aside::blocking(count(1));
  co_return 0;
#endif
}
