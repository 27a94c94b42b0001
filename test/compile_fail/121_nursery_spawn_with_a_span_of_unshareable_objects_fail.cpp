// expect: an argument of spawn may not move to another core

#include <aside/aside.hpp>

#include <span>
#include <vector>

aside::task<> sort(std::span<int> numbers);

aside::task<> work() {
  std::vector<int> numbers(100);
  co_await aside::scope([&](aside::nursery& children) -> aside::task<> {
#ifdef ASIDE_FIXED
    children.spawn_local(sort, std::span<int>(numbers));
#else
    children.spawn(sort, std::span<int>(numbers));
#endif
    co_return;
  });
}
