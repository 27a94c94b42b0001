// expect: write takes text or bytes

#include <aside/aside.hpp>

#include <string>

aside::task<> send(aside::tcp_stream& peer, int number) {
#ifdef ASIDE_FIXED
  co_await peer.write(std::to_string(number));
#else
  co_await peer.write(number);
#endif
}
