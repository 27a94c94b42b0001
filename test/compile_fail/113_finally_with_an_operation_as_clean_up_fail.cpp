// expect: finally takes two tasks, the second one without a value: write finally(f(x), g(y)); put an

#include <aside/aside.hpp>

aside::task<int> ask(aside::tcp_stream& peer);

aside::task<int> talk(aside::tcp_stream& peer) {
#ifdef ASIDE_FIXED
  co_return co_await aside::finally(
      ask(peer), [&]() -> aside::task<> { co_await peer.write("bye"); }());
#else
  co_return co_await aside::finally(ask(peer), peer.write("bye"));
#endif
}
