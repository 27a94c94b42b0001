// expect: a read takes no length

#include <aside/aside.hpp>

#include <span>

aside::task<> head(aside::tcp_stream& peer) {
  char buffer[64];
  std::size_t want = 10;
#ifdef ASIDE_FIXED
  co_await peer.read_exact(std::span(buffer).first(want));
#else
  co_await peer.read_exact(buffer, want);
#endif
}
