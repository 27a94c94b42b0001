// expect: aside: a task cannot co_yield: it gives one value, with co_return; what gives many is an async_generator<T>

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::async_generator<int> numbers() { co_yield 5; }
#else
aside::task<> numbers() { co_yield 5; }
#endif
