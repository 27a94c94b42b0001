// expect: a task cannot be stored or moved: write co_await f(x) in one expression

#include <aside/aside.hpp>

#include <utility>

aside::task<int> answer();

#ifdef ASIDE_FIXED
aside::task<int> twice(int value) { co_return value * 2; }
aside::task<int> ask() { co_return co_await twice(co_await answer()); }
#else
aside::task<int> twice(aside::task<int> value) { co_return co_await std::move(value) * 2; }
aside::task<int> ask() { co_return co_await twice(answer()); }
#endif
