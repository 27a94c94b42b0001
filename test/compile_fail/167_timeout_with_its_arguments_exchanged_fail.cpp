// expect: aside: timeout takes first a duration, which has a unit: write timeout(5ms, f(x))

#include <aside/aside.hpp>

#include <chrono>

using namespace std::chrono_literals;
aside::task<int> load();
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto value = co_await aside::timeout(5ms, load());
#else
  auto value = co_await aside::timeout(load(), 5ms);
#endif
  if (value) use(*value);
}
