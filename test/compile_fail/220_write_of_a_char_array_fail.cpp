// expect: a char array may be text or a buffer

#include <aside/aside.hpp>

#include <cstdio>

aside::task<> greet(aside::tcp_stream& peer, const char* name) {
  char text[64];
  std::snprintf(text, sizeof text, "hello, %s", name);
#ifdef ASIDE_FIXED
  co_await peer.write(std::string_view(text));
#else
  co_await peer.write(text);
#endif
}
