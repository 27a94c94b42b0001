// expect: aside: a handle is awaited through its join: write co_await handle.join()

#include <aside/aside.hpp>

aside::task<int> load(int key);
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto handle = aside::spawn_joinable(load, 3);
  const int value = co_await handle.join();
#else
  const int value = co_await aside::spawn_joinable(load, 3);
#endif
  use(value);
}
