// expect: aside: the generator's value, the T of its async_generator<T>, cannot be made from what is co_yielded here

#include <aside/aside.hpp>

#include <string>

#ifdef ASIDE_FIXED
aside::async_generator<std::string> names() { co_yield "Ada"; }
#else
aside::async_generator<std::string> names() { co_yield 5; }
#endif
