// expect: an async_generator is not awaited itself: store it, and write co_await generator.next()

#include <aside/aside.hpp>

aside::async_generator<int> numbers();

aside::task<> read() {
  auto all = numbers();
#ifdef ASIDE_FIXED
  auto first = co_await all.next();
#else
  auto first = co_await all;
#endif
  static_cast<void>(first);
}
