// expect: must return aside::task<>

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

namespace http = aside::http;

#ifdef ASIDE_FIXED
aside::task<> app(http::request const&, http::exchange& ex) {
  ex.respond(200, "text/plain", "hello");
  co_return;
}
#else
void app(http::request const&, http::exchange& ex) { ex.respond(200, "text/plain", "hello"); }
#endif

aside::task<> work() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  co_await listener.serve(http::serve_connection, app);
}
