// expect: aside: a task gives a value, a reference or nothing: write task<T> instead of task<const T> or task<T&&>

#include <aside/aside.hpp>

void use(int value);

#ifdef ASIDE_FIXED
aside::task<int> load();
#else
aside::task<const int> load();
#endif
aside::task<> work() { use(co_await load()); }
