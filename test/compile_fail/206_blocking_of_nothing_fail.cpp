// expect: aside: spawn, and what is like it, takes a function and its arguments: write spawn(f, x)

#include <aside/aside.hpp>

int load(int key);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::blocking(load, 3);
#else
  co_await aside::blocking();
#endif
}
