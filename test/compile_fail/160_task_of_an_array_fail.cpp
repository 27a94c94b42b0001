// expect: aside: a task gives a value, a reference or nothing: write task<T> instead of task<const T> or task<T&&>

#include <aside/aside.hpp>

#include <vector>

#ifdef ASIDE_FIXED
aside::task<std::vector<int>> load();
#else
aside::task<int[]> load();
#endif
aside::task<> work() {
  auto values = co_await load();
  static_cast<void>(values);
}
