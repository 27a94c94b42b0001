// expect: a task can only await aside's tasks and operations

#include <aside/aside.hpp>

#include <coroutine>

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::yield();
#else
  co_await std::suspend_always();
#endif
}
