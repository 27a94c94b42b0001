// expect: a char array may be text or a buffer

#include <aside/aside.hpp>

#include <span>

aside::task<> send(aside::tcp_stream& peer) {
  char rest[64] = {};
#ifdef ASIDE_FIXED
  co_await peer.write("head ", std::span(rest));
#else
  co_await peer.write("head ", rest);
#endif
}
