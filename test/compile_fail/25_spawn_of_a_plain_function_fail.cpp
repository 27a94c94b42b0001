// expect: a spawned function must return aside::task<>

#include <aside/aside.hpp>

aside::task<> save();
void save_at_once();

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(save);
#else
  aside::spawn(save_at_once);
#endif
}
