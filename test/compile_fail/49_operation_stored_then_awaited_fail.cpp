// expect: an operation is awaited in the expression that makes it: write co_await stream.write(x)

#include <aside/aside.hpp>

aside::task<> greet(aside::tcp_stream& peer) {
#ifdef ASIDE_FIXED
  co_await peer.write("hello");
#else
  auto writing = peer.write("hello");
  co_await writing;
#endif
}
