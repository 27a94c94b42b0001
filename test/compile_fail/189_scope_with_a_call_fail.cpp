// expect: aside: scope takes a function, not a task: write scope([&](aside::nursery& n)

#include <aside/aside.hpp>

aside::task<int> load(int key);
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  const int value = co_await aside::scope(
      [](aside::nursery&) -> aside::task<int> { co_return co_await load(3); });
#else
  const int value = co_await aside::scope(load(3));
#endif
  use(value);
}
