// expect: shield does nothing until it is awaited
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task<> commit();

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::shield(commit());
#else
  aside::shield(commit());
#endif
  co_return;
}
