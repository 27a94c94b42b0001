// expect: aside: a task gives a value, a reference or nothing: write task<T> instead of task<const T> or task<T&&>

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::task<int> work() { co_return 5; }
#else
aside::task<const int> work() { co_return 5; }
#endif
