// expect: a task cannot be stored or moved: write co_await f(x) in one expression

#include <aside/aside.hpp>

#include <utility>

aside::task<int> answer();

aside::task<int> ask() {
#ifdef ASIDE_FIXED
  int stored = co_await answer();
#else
  auto stored = answer();
#endif
  auto later = [kept = std::move(stored)] { return sizeof kept; };
  co_return static_cast<int>(later());
}
