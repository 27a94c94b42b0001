// expect: neither a coroutine nor a coroutine wrapper
// compilers: clang

#include <aside/aside.hpp>

#include <string>

aside::task<int> measure(const std::string& text);

#ifdef ASIDE_FIXED
ASIDE_WRAPPER
#endif
aside::task<int> wrapper(const std::string& text) { return measure(text); }
