// expect: aside: spawn, and what is like it, takes a function and its arguments: write spawn(f, x)

#include <aside/aside.hpp>

aside::task<> save();

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(save);
#else
  aside::spawn();
#endif
}
