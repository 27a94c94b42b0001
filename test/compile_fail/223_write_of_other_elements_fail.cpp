// expect: write takes text or bytes

#include <aside/aside.hpp>

#include <span>
#include <vector>

aside::task<> send(aside::tcp_stream& peer, const std::vector<unsigned char>& data) {
#ifdef ASIDE_FIXED
  co_await peer.write(std::as_bytes(std::span(data)));
#else
  co_await peer.write(data);
#endif
}
