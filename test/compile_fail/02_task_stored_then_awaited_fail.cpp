// expect: a task cannot be stored or moved: write co_await f(x) in one expression

#include <aside/aside.hpp>

aside::task<int> answer();

aside::task<int> ask() {
#ifdef ASIDE_FIXED
  co_return co_await answer();
#else
  auto stored = answer();
  co_return co_await stored;
#endif
}
