// http port=P workers=N: GET /plaintext.

#include "serving.hpp"

#include <aside/http/server.hpp>

using aside::task;

namespace {

task<> app(aside::http::request const& asked, aside::http::exchange& ex) {
  if (asked.path() == "/plaintext")
    ex.respond(200, "text/plain", "Hello, World!");
  else
    ex.respond(404, "text/plain", "not here\n");
  co_return;
}

task<> serve(const std::string& address) {
  auto listener = co_await aside::tcp_listener::bind(address);
  versus::say_listening(listener.port());
  co_await listener.serve(aside::http::serve_connection, app);
}

}  // namespace

int main(int count, char** words) { return versus::run_server(count, words, &serve); }
