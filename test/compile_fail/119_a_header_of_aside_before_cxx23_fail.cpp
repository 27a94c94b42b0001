// expect: aside needs C++23: compile with -std=c++23
// flags: -std=c++20

#ifndef ASIDE_FIXED
// compiled with -std=c++20
#include <aside/task.hpp>

aside::task<> work();
#endif
