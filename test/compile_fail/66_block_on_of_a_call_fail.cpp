// expect: block_on takes the function and its arguments, not a task

#include <aside/aside.hpp>

aside::task<int> count(int n);

int start(aside::runtime& tasks) {
#ifdef ASIDE_FIXED
  return tasks.block_on(count, 1);
#else
  tasks.block_on(count(1));
  return 0;
#endif
}
