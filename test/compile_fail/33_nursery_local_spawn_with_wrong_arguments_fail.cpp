// expect: the function cannot be called with these arguments

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);

aside::task<> work() {
  std::string name = "Ada";
  co_await aside::scope([&](aside::nursery& children) -> aside::task<> {
#ifdef ASIDE_FIXED
    children.spawn_local(greet, name);
#else
    children.spawn_local(greet, name, 3);
#endif
    co_return;
  });
}
