// expect: aside: spawn, and what is like it, takes a function and its arguments: write spawn(f, x)

#include <aside/aside.hpp>

aside::task<> save();

int main() {
#ifdef ASIDE_FIXED
  return aside::run(save);
#else
  return aside::run();
#endif
}
