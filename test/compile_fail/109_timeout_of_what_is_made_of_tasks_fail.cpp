// expect: timeout takes a task: put all, race, shield and the like into one

#include <aside/all.hpp>
#include <aside/aside.hpp>

#include <chrono>

aside::task<> left();
aside::task<> right();

aside::task<> both() {
#ifdef ASIDE_FIXED
  const auto out = co_await aside::timeout(
      std::chrono::seconds(1), []() -> aside::task<> { co_await aside::all(left(), right()); }());
#else
  const auto out = co_await aside::timeout(std::chrono::seconds(1), aside::all(left(), right()));
#endif
  static_cast<void>(out);
}
