// expect: an operation does nothing until it is awaited
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

int count_now(int n);

aside::task<> work() {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await aside::blocking(count_now, 1));
#else
  aside::blocking(count_now, 1);
  co_return;
#endif
}
