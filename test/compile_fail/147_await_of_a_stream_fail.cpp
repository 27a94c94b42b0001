// expect: aside: a stream or socket is not awaited itself: write co_await stream.receive()

#include <aside/aside.hpp>

aside::task<> work(aside::tcp_stream& stream) {
#ifdef ASIDE_FIXED
  auto bytes = co_await stream.receive();
#else
  auto bytes = co_await stream;
#endif
  static_cast<void>(bytes);
}
