// expect: aside: an argument in braces has no type of its own: write spawn(f, order(

#include <aside/aside.hpp>

#include <vector>

int sum(std::vector<int> values);
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  std::vector<int> values{1, 2};
  const int all = co_await aside::blocking(sum, values);
#else
  const int all = co_await aside::blocking(sum, {1, 2});
#endif
  use(all);
}
