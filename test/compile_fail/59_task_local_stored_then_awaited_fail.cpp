// expect: cannot be stored or moved

#include <aside/aside.hpp>

#include <utility>

aside::task_local<int> current;
aside::task<> work();

aside::task<> start() {
#ifdef ASIDE_FIXED
  co_await current.with(1, work());
#else
  auto bound = current.with(1, work());
  co_await std::move(bound);
#endif
}
