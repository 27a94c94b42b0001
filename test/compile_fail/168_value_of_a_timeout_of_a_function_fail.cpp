// expect: aside: timeout takes a task, the call of a coroutine: write timeout(d, f(x))

#include <aside/aside.hpp>

#include <chrono>

using namespace std::chrono_literals;
aside::task<int> load();
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto value = co_await aside::timeout(5ms, load());
#else
  auto value = co_await aside::timeout(5ms, load);
#endif
  if (value) use(*value);
}
