// expect: a spawn needs a function after the name: write spawn(task_name("x"), f, x)

#include <aside/aside.hpp>

aside::task<> work();

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(aside::task_name("worker"), work);
#else
  aside::spawn(aside::task_name("worker"));
#endif
}
