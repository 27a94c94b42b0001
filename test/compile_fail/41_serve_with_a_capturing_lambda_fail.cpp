// expect: a task that may run on any core cannot capture

#include <aside/aside.hpp>

#include <string>

aside::task<> work() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  std::string greeting = "hello";
#ifdef ASIDE_FIXED
  auto greet = [](aside::tcp_stream peer, std::string text) -> aside::task<> {
    co_await peer.write(text);
  };
  co_await listener.serve(greet, greeting);
#else
  auto greet = [&](aside::tcp_stream peer) -> aside::task<> { co_await peer.write(greeting); };
  co_await listener.serve(greet);
#endif
}
