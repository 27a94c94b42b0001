// expect: shield takes a task, the call of a coroutine: write shield(f(x)); put an operation into one

#include <aside/aside.hpp>

aside::task<> greet(aside::tcp_stream& peer) {
#ifdef ASIDE_FIXED
  co_await aside::shield([&]() -> aside::task<> { co_await peer.write("hello"); }());
#else
  co_await aside::shield(peer.write("hello"));
#endif
}
