// expect: no member named 'return_value' in

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::task<int> work() { co_return 5; }
#else
aside::task<> work() { co_return 5; }
#endif
