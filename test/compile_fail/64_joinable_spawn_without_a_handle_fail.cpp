// expect: who does not join needs no handle: use spawn
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task<int> count(int n);
aside::task<> work(int n);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(work, 1);
#else
  aside::spawn_joinable(count, 1);
#endif
}
