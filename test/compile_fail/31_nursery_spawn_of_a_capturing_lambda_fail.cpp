// expect: a task that may run on any core cannot capture

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);

aside::task<> work() {
  std::string name = "Ada";
  co_await aside::scope([&](aside::nursery& children) -> aside::task<> {
#ifdef ASIDE_FIXED
    children.spawn_local([&]() -> aside::task<> { co_await greet(name); });
#else
    children.spawn([&]() -> aside::task<> { co_await greet(name); });
#endif
    co_return;
  });
}
