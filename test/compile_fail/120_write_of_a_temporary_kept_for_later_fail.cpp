// expect: object backing the pointer will be destroyed at the end of the full-expression
// flags: -Werror=dangling
// compilers: clang-22

#include <aside/aside.hpp>

#include <string>
#include <utility>

aside::task<> greet(aside::tcp_stream& peer, const std::string& name) {
#ifdef ASIDE_FIXED
  co_await peer.write("hello, " + name);
#else
  auto later = peer.write("hello, " + name);
  co_await std::move(later);
#endif
}
