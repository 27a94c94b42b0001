// expect: write takes text or bytes

#include <aside/aside.hpp>

aside::task<> echo(aside::tcp_stream& peer) {
  auto data = co_await peer.receive();
#ifdef ASIDE_FIXED
  co_await peer.write(*data);
#else
  co_await peer.write(data);
#endif
}
