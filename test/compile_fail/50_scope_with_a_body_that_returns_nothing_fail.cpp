// expect: the body of a scope must return a task: write [&](aside::nursery& n) -> aside::task<>

#include <aside/aside.hpp>

aside::task<> greet(int name);

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::scope([&](aside::nursery& children) -> aside::task<> {
    children.spawn(greet, 1);
    co_return;
  });
#else
  co_await aside::scope([&](aside::nursery& children) { children.spawn(greet, 1); });
#endif
}
