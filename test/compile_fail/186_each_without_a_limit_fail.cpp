// expect: aside: each takes a range, how many may run at a time, and a function: write each(range, 8, fn)

#include <aside/aside.hpp>

#include <vector>

aside::task<> save(int key);

aside::task<> work(const std::vector<int>& keys) {
#ifdef ASIDE_FIXED
  co_await aside::each(keys, 8, save);
#else
  co_await aside::each(keys, save);
#endif
}
