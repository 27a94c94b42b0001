// expect: aside: scope and supervise take one function: write scope([&](aside::nursery& n) -> aside::task<>

#include <aside/aside.hpp>

aside::task<> save_all(aside::nursery& n, int first);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::supervise(
      [](aside::nursery& n) -> aside::task<> { co_await save_all(n, 3); });
#else
  co_await aside::supervise(save_all, 3);
#endif
}
