// expect: aside: the function must return an aside::task for each element

#include <aside/all.hpp>
#include <aside/aside.hpp>

#include <vector>

aside::task<int> load(int key);

aside::task<> work(const std::vector<int>& keys) {
#ifdef ASIDE_FIXED
  auto values = co_await aside::all(keys, load);
#else
  auto values = co_await aside::all(keys, [](int key) { return key; });
#endif
  static_cast<void>(values);
}
