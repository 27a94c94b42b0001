// expect: a read takes no length

#include <aside/aside.hpp>

#include <span>

aside::task<std::size_t> begin(aside::tcp_stream& peer, char* buffer, std::size_t size) {
#ifdef ASIDE_FIXED
  co_return co_await peer.read_some(std::span(buffer, size));
#else
  co_return co_await peer.read_some(buffer, size);
#endif
}
