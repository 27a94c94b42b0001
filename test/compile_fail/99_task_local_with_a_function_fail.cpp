// expect: task_local::with takes a task, the call of a coroutine: write with(value, f(x))

#include <aside/aside.hpp>

aside::task_local<int> current;
aside::task<> work();

aside::task<> start() {
#ifdef ASIDE_FIXED
  co_await current.with(1, work());
#else
  co_await current.with(1, work);
#endif
}
