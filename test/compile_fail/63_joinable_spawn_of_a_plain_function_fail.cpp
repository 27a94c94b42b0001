// expect: spawn_joinable needs a function that returns an aside::task

#include <aside/aside.hpp>

aside::task<int> count(int n);
int count_now(int n);

void start() {
#ifdef ASIDE_FIXED
  auto counted = aside::spawn_joinable(count, 1);
#else
  auto counted = aside::spawn_joinable(count_now, 1);
#endif
}
