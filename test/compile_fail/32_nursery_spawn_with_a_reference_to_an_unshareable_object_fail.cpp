// expect: an argument of spawn may not move to another core

#include <aside/aside.hpp>

#include <functional>
#include <string>

aside::task<> revise(std::string& name);

aside::task<> work() {
  std::string name = "Ada";
  co_await aside::scope([&](aside::nursery& children) -> aside::task<> {
#ifdef ASIDE_FIXED
    children.spawn_local(revise, std::ref(name));
#else
    children.spawn(revise, std::ref(name));
#endif
    co_return;
  });
}
