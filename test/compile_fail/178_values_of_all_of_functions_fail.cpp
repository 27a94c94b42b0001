// expect: aside: a branch is a task or an operation: write all(f(x), stream.receive())

#include <aside/aside.hpp>

aside::task<int> load();
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto [one, other] = co_await aside::all(load(), load());
#else
  auto [one, other] = co_await aside::all(load, load);
#endif
  use(one + other);
}
