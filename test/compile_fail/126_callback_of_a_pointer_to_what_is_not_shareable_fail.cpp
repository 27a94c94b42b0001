// expect: what a callback gives may not move to another core

#include <aside/aside.hpp>

void call_later(void* context);

void start() {
#ifdef ASIDE_FIXED
  aside::callback<int> done;
#else
  aside::callback<int*> done;
#endif
  call_later(done.context());
}
