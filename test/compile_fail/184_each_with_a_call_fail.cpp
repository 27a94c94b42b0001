// expect: aside: each takes the function itself, not a task: write each(range, 8, f)

#include <aside/aside.hpp>

#include <vector>

aside::task<> save(int key);

aside::task<> work(const std::vector<int>& keys) {
#ifdef ASIDE_FIXED
  co_await aside::each(keys, 8, save);
#else
  co_await aside::each(keys, 8, save(3));
#endif
}
