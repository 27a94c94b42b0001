// expect: a spawned function must return aside::task<>

#include <aside/aside.hpp>

aside::task<> save();
aside::task<int> answer();

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(save);
#else
  aside::spawn(answer);
#endif
}
