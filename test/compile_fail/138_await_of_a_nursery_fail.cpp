// expect: aside: a nursery is not awaited: the scope that gives it ends when its tasks have

#include <aside/aside.hpp>

aside::task<> save();

aside::task<> work() {
  co_await aside::scope([](aside::nursery& children) -> aside::task<> {
#ifdef ASIDE_FIXED
    children.spawn(save);
    co_return;
#else
    children.spawn(save);
    co_await children;
#endif
  });
}
