// expect: try_stopped takes a task, the call of a coroutine: write try_stopped(f(x)); put an operation

#include <aside/aside.hpp>

#include <cstddef>

aside::task<std::size_t> read(aside::tcp_stream& peer) {
#ifdef ASIDE_FIXED
  const auto got = co_await aside::try_stopped(
      [&]() -> aside::task<aside::chunk> { co_return co_await peer.receive(); }());
#else
  const auto got = co_await aside::try_stopped(peer.receive());
#endif
  co_return got ? got->size() : 0;
}
