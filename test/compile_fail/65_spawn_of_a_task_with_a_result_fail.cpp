// expect: a spawned function must return aside::task<>; for a result, use spawn_joinable

#include <aside/aside.hpp>

aside::task<int> count(int n);

void start() {
#ifdef ASIDE_FIXED
  auto counted = aside::spawn_joinable(count, 1);
#else
  aside::spawn(count, 1);
#endif
}
