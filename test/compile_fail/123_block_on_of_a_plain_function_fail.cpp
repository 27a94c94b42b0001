// expect: block_on needs a function that returns an aside::task

#include <aside/aside.hpp>

aside::task<int> count(int n);
int count_now(int n);

int start(aside::runtime& tasks) {
#ifdef ASIDE_FIXED
  return tasks.block_on(count, 1);
#else
  tasks.block_on(count_now, 1);
  return 0;
#endif
}
