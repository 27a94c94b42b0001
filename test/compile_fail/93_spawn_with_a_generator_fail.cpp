// expect: an argument of spawn may not move to another core

#include <aside/aside.hpp>

#include <utility>

aside::async_generator<int> numbers();
aside::task<> print(aside::async_generator<int> all);
aside::task<> print_all() {
  auto all = numbers();
  co_await print(std::move(all));
}

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(print_all);
#else
  aside::spawn(print, numbers());
#endif
}
