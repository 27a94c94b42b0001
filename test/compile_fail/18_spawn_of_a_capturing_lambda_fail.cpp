// expect: a task that may run on any core cannot capture

#include <aside/aside.hpp>

aside::task<> repeat(int times);

void start() {
  int value = 3;
#ifdef ASIDE_FIXED
  aside::spawn([](int times) -> aside::task<> { co_await repeat(times); }, value);
#else
  aside::spawn([&value]() -> aside::task<> { co_await repeat(value); });
#endif
}
