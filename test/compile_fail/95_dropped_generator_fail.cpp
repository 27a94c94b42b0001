// expect: an async_generator does nothing until its next() is awaited
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::async_generator<int> numbers();

aside::task<> read() {
#ifdef ASIDE_FIXED
  auto all = numbers();
  static_cast<void>(co_await all.next());
#else
  numbers();
#endif
  co_return;
}
