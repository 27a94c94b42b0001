// expect: aside: of a range write all(range, fn), where fn returns a task for each element

#include <aside/aside.hpp>

#include <vector>

aside::task<int> load(int key);

aside::task<> work(const std::vector<int>& keys) {
#ifdef ASIDE_FIXED
  co_await aside::all(keys, load);
#else
  co_await aside::all(load, keys);
#endif
}
