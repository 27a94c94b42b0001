// expect: an operation does nothing until it is awaited
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>
#include <aside/compute.hpp>

int count_now(int n);

aside::task<> work() {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await aside::compute(count_now, 1));
#else
  aside::compute(count_now, 1);
  co_return;
#endif
}
