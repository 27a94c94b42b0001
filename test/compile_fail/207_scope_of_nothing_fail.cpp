// expect: aside: scope and supervise take one function: write scope([&](aside::nursery& n) -> aside::task<>

#include <aside/aside.hpp>

aside::task<> save(int key);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::scope([](aside::nursery& n) -> aside::task<> {
    n.spawn(save, 3);
    co_return;
  });
#else
  co_await aside::scope();
#endif
}
