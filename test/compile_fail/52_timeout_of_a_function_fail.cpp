// expect: timeout takes a task, the call of a coroutine: write timeout(d, f(x))

#include <aside/aside.hpp>

#include <chrono>

aside::task<> save();

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto saved = co_await aside::timeout(std::chrono::seconds(1), save());
#else
  auto saved = co_await aside::timeout(std::chrono::seconds(1), save);
#endif
  if (!saved) co_return;
}
