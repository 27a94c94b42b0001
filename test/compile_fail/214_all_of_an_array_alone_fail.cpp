// expect: aside: of a range write all(range, fn), where fn returns a task for each element

#include <aside/aside.hpp>

aside::task<> save(int key);

aside::task<> work() {
  int keys[] = {1, 2, 3};
#ifdef ASIDE_FIXED
  co_await aside::all(keys, save);
#else
  co_await aside::all(keys);
#endif
}
