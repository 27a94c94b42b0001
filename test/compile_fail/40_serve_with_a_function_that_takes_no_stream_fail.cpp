// expect: the function cannot be called with these arguments

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);
aside::task<> greet_peer(aside::tcp_stream peer, std::string name);

aside::task<> work() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
#ifdef ASIDE_FIXED
  co_await listener.serve(greet_peer, std::string("Ada"));
#else
  co_await listener.serve(greet, std::string("Ada"));
#endif
}
