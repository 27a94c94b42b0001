// expect: aside: a task gives a value, a reference or nothing: write task<T> instead of task<const T> or task<T&&>

#include <aside/aside.hpp>

#include <string>

void use(std::string text);

#ifdef ASIDE_FIXED
aside::task<std::string> load();
#else
aside::task<std::string&&> load();
#endif
aside::task<> work() { use(co_await load()); }
