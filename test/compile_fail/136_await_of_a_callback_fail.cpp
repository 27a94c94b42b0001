// expect: aside: an event or a callback is awaited through its wait

#include <aside/aside.hpp>

void use(int value);

aside::task<> work(aside::callback<int>& done) {
#ifdef ASIDE_FIXED
  const int status = co_await done.wait();
#else
  const int status = co_await done;
#endif
  use(status);
}
