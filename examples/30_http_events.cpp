// An HTTP server: one plain answer, and a stream of server-sent events. The client, in the same program,
// sends both requests at once and prints what comes over the wire.

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using aside::task;
namespace http = aside::http;
using namespace std::chrono_literals;

/// The connection goes on as this once the request is answered; it ends when this returns.
task<> count_down(aside::tcp_stream peer, int from) {
  std::string text;
  for (int left = from; left > 0; --left) {
    text.clear();
    const std::string id = std::to_string(from - left);
    http::format_event(text, id, "tick", std::to_string(left) + " to go");
    co_await peer.write(text);
    co_await aside::sleep_for(10ms);
  }
}

task<> app(const http::request& asked, http::exchange& ex, int from) {
  if (asked.path() == "/events")
    ex.start_event_stream(count_down, from);
  else if (asked.path() == "/")
    ex.respond(200, "text/plain", "hello\n");
  else
    ex.respond_problem(404, "nothing is served under this path");
  co_return;
}

task<> client(std::string address) {
  auto server = co_await aside::tcp_stream::connect(address);
  const std::string host = " HTTP/1.1\r\nHost: " + address + "\r\n\r\n";
  const std::string requests = "GET /" + host + "GET /events" + host;
  co_await server.write(requests);
  while (const auto chunk = co_await server.receive())
    for (const char c : chunk.text())
      if (c != '\r') std::putchar(c);
}

task<> serve_and_ask() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await listener.serve(http::serve_connection, app, 3); });
    co_await client(address);
    n.request_stop();
  });
}

int main() { return aside::run(serve_and_ask); }
