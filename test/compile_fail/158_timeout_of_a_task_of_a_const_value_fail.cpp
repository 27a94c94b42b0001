// expect: aside: a task gives a value, a reference or nothing: write task<T> instead of task<const T> or task<T&&>

#include <aside/aside.hpp>

#include <chrono>

#ifdef ASIDE_FIXED
aside::task<int> load();
#else
aside::task<const int> load();
#endif
aside::task<> work() {
  auto value = co_await aside::timeout(std::chrono::seconds(1), load());
  static_cast<void>(value);
}
