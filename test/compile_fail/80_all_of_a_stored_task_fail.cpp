// expect: a task cannot be stored or moved: write co_await f(x) in one expression

#include <aside/all.hpp>
#include <aside/aside.hpp>

#include <utility>

aside::task<int> load(int key);

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto [a, b] = co_await aside::all(load(1), load(2));
#else
  auto&& stored = load(1);
  auto [a, b] = co_await aside::all(std::move(stored), load(2));
#endif
  if (a == b) co_return;
}
