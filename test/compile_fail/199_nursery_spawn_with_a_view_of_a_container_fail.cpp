// expect: an argument of spawn may not move to another core: pass a sendable value

#include <aside/aside.hpp>

#include <ranges>
#include <vector>

struct sum {
  aside::task<> operator()(auto numbers) const;
};

aside::task<> start(std::vector<int> numbers) {
  co_await aside::scope([&](aside::nursery& n) -> aside::task<> {
#ifdef ASIDE_FIXED
    n.spawn(sum(), std::views::all(std::as_const(numbers)));
#else
    n.spawn(sum(), std::views::all(numbers));
#endif
    co_return;
  });
}
