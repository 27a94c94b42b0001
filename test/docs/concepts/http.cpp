// [server]
#include <aside/aside.hpp>
#include <aside/http/server.hpp>
namespace http = aside::http;

aside::task<> app(const http::request& asked, http::exchange& ex) {
  if (asked.path() == "/")
    ex.respond(200, "text/plain", "hello\n");
  else
    ex.respond_problem(404, "nothing is served under this path");
  co_return;
}

aside::task<> serve() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:7000");
  co_await listener.serve(http::serve_connection, app);
}

int main() { return aside::run(serve); }
// [/server]
