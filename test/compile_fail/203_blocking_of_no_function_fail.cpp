// expect: aside: blocking and compute take a function first, which this is not: write blocking(f, x)

#include <aside/aside.hpp>

int load(int key);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::blocking(load, 3);
#else
  co_await aside::blocking(3, load);
#endif
}
