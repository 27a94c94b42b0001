// expect: nodiscard
// flags: -Werror=unused-result
// compilers: clang

#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>

aside::task<> talk(aside::tcp_stream& peer) {
#ifdef ASIDE_FIXED
  const auto taken = co_await peer.write_some("hello");
  static_cast<void>(taken);
#else
  co_await peer.write_some("hello");
#endif
}
