// expect: aside: an argument in braces has no type of its own: write spawn(f, order(

#include <aside/aside.hpp>

#include <vector>

aside::task<int> sum(std::vector<int> values);
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto handle = aside::spawn_joinable(sum, std::vector<int>{1, 2});
#else
  auto handle = aside::spawn_joinable(sum, {1, 2});
#endif
  use(co_await handle.join());
}
