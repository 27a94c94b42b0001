// expect: aside: a number is not awaited: leave out co_await; in a task, instead of run(f, x) or

#include <aside/aside.hpp>

aside::task<int> load(int key);
void use(int value);

aside::task<> work([[maybe_unused]] aside::runtime& rt) {
#ifdef ASIDE_FIXED
  const int value = co_await load(3);
#else
  const int value = co_await rt.block_on(load, 3);
#endif
  use(value);
}
