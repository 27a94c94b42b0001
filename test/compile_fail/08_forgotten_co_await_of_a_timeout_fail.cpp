// expect: a timeout does nothing until it is awaited
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

#include <chrono>

aside::task<> save(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto saved = co_await aside::timeout(std::chrono::seconds(1), save(3));
  if (!saved) co_return;
#else
  aside::timeout(std::chrono::seconds(1), save(3));
#endif
  co_return;
}
