// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

aside::task<> work(int* number);
aside::task<> work_on(int number);

void start() {
  int number = 1;
#ifdef ASIDE_FIXED
  aside::spawn(aside::task_name("worker"), work_on, number);
#else
  aside::spawn(aside::task_name("worker"), work, &number);
#endif
}
