// expect: aside: a branch is a task or an operation: write all(f(x), stream.receive())

#include <aside/aside.hpp>

aside::task<int> load(int key);
int load_now(int key);
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto [one, other] = co_await aside::all(load(1), load(2));
#else
  auto [one, other] = co_await aside::all(load_now(1), load_now(2));
#endif
  use(one + other);
}
