// expect: block_on cannot call the function with these arguments

#include <aside/aside.hpp>

aside::task<int> count(int n);

int start(aside::runtime& tasks) {
#ifdef ASIDE_FIXED
  return tasks.block_on(count, 3);
#else
  tasks.block_on(count, "three");
  return 0;
#endif
}
