// expect: aside: a range in braces has no type of its own

#include <aside/aside.hpp>

#include <vector>

aside::task<> save(int key);

aside::task<> work() {
#ifdef ASIDE_FIXED
  std::vector<int> keys{1, 2, 3};
  co_await aside::each(keys, 8, save);
#else
  co_await aside::each({1, 2, 3}, 8, save);
#endif
}
