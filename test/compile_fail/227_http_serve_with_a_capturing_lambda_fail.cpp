// expect: a handler that may run on any core cannot capture

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

#include <atomic>
#include <string>

namespace http = aside::http;

aside::task<> work() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
#ifdef ASIDE_FIXED
  std::atomic<int> asked_for = 0;
  auto count = [](http::request const&, http::exchange& ex, std::atomic<int>& n) -> aside::task<> {
    ex.respond(200, "text/plain", std::to_string(++n));
    co_return;
  };
  co_await listener.serve(http::serve_connection, count, std::ref(asked_for));
#else
  int asked_for = 0;
  auto count = [&](http::request const&, http::exchange& ex) -> aside::task<> {
    ex.respond(200, "text/plain", std::to_string(++asked_for));
    co_return;
  };
  co_await listener.serve(http::serve_connection, count);
#endif
}
