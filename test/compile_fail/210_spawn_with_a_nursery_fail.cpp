// expect: aside: an argument can be neither copied nor moved into the task: pass it in a std::unique_ptr, and for a nursery a nursery_ref

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::task<> spread(aside::nursery_ref n);
#else
aside::task<> spread(aside::nursery& n);
#endif

aside::task<> work() {
  co_await aside::scope([](aside::nursery& n) -> aside::task<> {
#ifdef ASIDE_FIXED
    aside::spawn(spread, aside::nursery_ref(n));
#else
    aside::spawn(spread, n);
#endif
    co_return;
  });
}
