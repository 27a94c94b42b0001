// expect: aside: timeout takes a duration and a task, the call of a coroutine: write timeout(d, f(x))

#include <aside/aside.hpp>

#include <chrono>

using namespace std::chrono_literals;
aside::task<int> load(int key);
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto value = co_await aside::timeout(5ms, load(3));
#else
  auto value = co_await aside::timeout(5ms, load, 3);
#endif
  if (value) use(*value);
}
