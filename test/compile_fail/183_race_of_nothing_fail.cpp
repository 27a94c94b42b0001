// expect: aside: all and race take at least one branch: write all(f(x), g(y))

#include <aside/aside.hpp>

aside::task<> save();

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::race(save(), aside::yield());
#else
  co_await aside::race();
#endif
}
