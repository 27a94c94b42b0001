// expect: aside: spawn takes a function first, which this is not: write spawn(f, x)

#include <aside/aside.hpp>

aside::task<> save();

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(save);
#else
  aside::spawn(nullptr);
#endif
}
