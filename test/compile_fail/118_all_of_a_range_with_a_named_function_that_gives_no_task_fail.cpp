// expect: aside: the function must return an aside::task for each element

#include <aside/aside.hpp>

#include <vector>

aside::task<int> load(int key);
int load_now(int key);

aside::task<> work(const std::vector<int>& keys) {
#ifdef ASIDE_FIXED
  auto values = co_await aside::all(keys, load);
#else
  auto values = co_await aside::all(keys, load_now);
#endif
  static_cast<void>(values);
}
