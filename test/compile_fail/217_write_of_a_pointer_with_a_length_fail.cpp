// expect: write sends the whole buffer and takes no length

#include <aside/aside.hpp>

#include <vector>

aside::task<> send(aside::tcp_stream& peer, const std::vector<char>& text) {
#ifdef ASIDE_FIXED
  co_await peer.write(std::string_view(text.data(), text.size()));
#else
  co_await peer.write(text.data(), text.size());
#endif
}
