// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

aside::task<> count(int value);
aside::task<> count_at(int* value);

void start() {
  int value = 3;
#ifdef ASIDE_FIXED
  aside::spawn(count, value);
#else
  aside::spawn(count_at, &value);
#endif
}
