// expect: aside: the task's result, the T of its task<T>, cannot be made from this value of co_return

#include <aside/aside.hpp>

#include <string>

#ifdef ASIDE_FIXED
aside::task<std::string> work() { co_return std::to_string(5); }
#else
aside::task<std::string> work() { co_return 5; }
#endif
