// load_server echo|http: a right server for the tests of `aside swarm`. Prints its port; ends by SIGTERM.

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

#include <cstdio>
#include <string>
#include <string_view>

using aside::task;

namespace {

task<> echo(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

task<> answer(aside::http::request const& asked, aside::http::exchange& ex) {
  if (asked.path() == "/plaintext")
    ex.respond(200, "text/plain", "Hello, World!");
  else
    ex.respond(404, "text/plain", "not here\n");
  co_return;
}

task<> serve(bool http) {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  std::printf("listening %u\n", static_cast<unsigned>(listener.port()));
  std::fflush(stdout);
  if (http)
    co_await listener.serve(aside::http::serve_connection, answer);
  else
    co_await listener.serve(echo);
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fputs("usage: load_server echo|http\n", stderr);
    return 2;
  }
  const bool http = std::string_view{words[1]} == "http";
  return aside::run(aside::options().workers(1), [http]() ASIDE_WRAPPER { return serve(http); });
}
