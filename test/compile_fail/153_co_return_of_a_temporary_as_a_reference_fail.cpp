// expect: aside: the task gives a reference: co_return an object of that type which lives on

#include <aside/aside.hpp>

int counter;

#ifdef ASIDE_FIXED
aside::task<int&> work() { co_return counter; }
#else
aside::task<int&> work() { co_return 5; }
#endif
