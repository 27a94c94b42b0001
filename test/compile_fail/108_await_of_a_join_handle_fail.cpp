// expect: a handle is awaited through its join: write co_await handle.join()

#include <aside/aside.hpp>

aside::task<int> price();

aside::task<> ask(aside::nursery& n) {
  auto handle = n.spawn_joinable(&price);
#ifdef ASIDE_FIXED
  const int got = co_await handle.join();
  static_cast<void>(got);
#else
  co_await handle;
#endif
}
