// expect: spawn takes the function and its arguments, not a task: write spawn(f, x)

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);

aside::task<> work() {
  std::string name = "Ada";
  co_await aside::scope([&](aside::nursery& children) -> aside::task<> {
#ifdef ASIDE_FIXED
    children.spawn(greet, name);
#else
    children.spawn(greet(name));
#endif
    co_return;
  });
}
