// expect: spawn, and what is like it, takes at most 5 arguments

#include <aside/aside.hpp>

aside::task<> add(int a, int b, int c, int d, int e, int f);
struct numbers {
  int a, b, c, d, e, f;
};
aside::task<> add_all(numbers all);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(add_all, numbers{1, 2, 3, 4, 5, 6});
#else
  aside::spawn(add, 1, 2, 3, 4, 5, 6);
#endif
}
