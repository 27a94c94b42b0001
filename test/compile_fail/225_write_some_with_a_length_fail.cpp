// expect: write sends the whole buffer and takes no length

#include <aside/aside.hpp>

aside::task<std::size_t> begin(aside::tcp_stream& peer, const char* text, std::size_t n) {
#ifdef ASIDE_FIXED
  co_return co_await peer.write_some(std::string_view(text, n));
#else
  co_return co_await peer.write_some(text, n);
#endif
}
