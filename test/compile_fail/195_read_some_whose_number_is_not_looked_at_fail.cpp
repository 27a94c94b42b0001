// expect: nodiscard
// flags: -Werror=unused-result
// compilers: clang

#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>

aside::task<> talk(aside::tcp_stream& peer) {
  char room[100];
#ifdef ASIDE_FIXED
  const auto got = co_await peer.read_some(room);
  static_cast<void>(got);
#else
  co_await peer.read_some(room);
#endif
}
