// expect: aside: a listener is not awaited itself: write co_await listener.accept()

#include <aside/aside.hpp>

aside::task<> work(aside::tcp_listener& listener) {
#ifdef ASIDE_FIXED
  auto stream = co_await listener.accept();
#else
  auto stream = co_await listener;
#endif
  static_cast<void>(stream);
}
