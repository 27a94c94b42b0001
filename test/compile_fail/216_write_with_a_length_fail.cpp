// expect: write sends the whole buffer and takes no length

#include <aside/aside.hpp>

#include <span>

aside::task<> echo(aside::tcp_stream& peer) {
  char buffer[64];
  std::size_t n = co_await peer.read_some(buffer);
#ifdef ASIDE_FIXED
  co_await peer.write(std::span(buffer).first(n));
#else
  co_await peer.write(buffer, n);
#endif
}
