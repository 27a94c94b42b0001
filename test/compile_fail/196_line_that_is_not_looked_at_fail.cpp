// expect: nodiscard
// flags: -Werror=unused-result
// compilers: clang

#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>

aside::task<> talk(aside::tcp_stream& peer) {
  aside::buffered_reader in(peer);
#ifdef ASIDE_FIXED
  const auto line = co_await in.line();
  static_cast<void>(line);
#else
  co_await in.line();
#endif
}
