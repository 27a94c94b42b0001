// expect: takes limits as a pointer

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

namespace http = aside::http;

aside::task<> app(http::request const&, http::exchange& ex) {
  ex.respond(200, "text/plain", "hello");
  co_return;
}

aside::task<> work() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const http::limits rules = http::limits().body_bytes(1000);
#ifdef ASIDE_FIXED
  co_await listener.serve(http::serve_connection, &rules, app);
#else
  co_await listener.serve(http::serve_connection, rules, app);
#endif
}
