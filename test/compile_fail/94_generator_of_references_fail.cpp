// expect: an async_generator gives values: for references, give pointers

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::async_generator<int*> each(int& from) { co_yield &from; }
#else
aside::async_generator<int&> each(int& from) { co_yield from; }
#endif
