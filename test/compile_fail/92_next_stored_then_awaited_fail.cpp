// expect: cannot be stored or moved

#include <aside/aside.hpp>

#include <utility>

aside::task<> read(aside::async_generator<int>& all) {
#ifdef ASIDE_FIXED
  auto first = co_await all.next();
#else
  auto next = all.next();
  auto first = co_await std::move(next);
#endif
  static_cast<void>(first);
}
