// expect: aside: an argument can be neither copied nor moved into the task: pass std::ref(x), of a nursery n std::ref(n)

#include <aside/aside.hpp>

#include <functional>

aside::task<> spread(aside::nursery& n);

aside::task<> work() {
  co_await aside::scope([](aside::nursery& n) -> aside::task<> {
#ifdef ASIDE_FIXED
    n.spawn(spread, std::ref(n));
#else
    n.spawn(spread, n);
#endif
    co_return;
  });
}
