// load_server echo|http [CORES]: a right server for the tests of `aside swarm`. Prints its port; ends by
// SIGTERM. With CORES each of so many has a table of descriptors of its own.

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

#include <cstdio>
#include <cstdlib>
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
  if (count != 2 && count != 3) {
    std::fputs("usage: load_server echo|http [CORES]\n", stderr);
    return 2;
  }
  const bool http = std::string_view{words[1]} == "http";
  auto how = aside::options().workers(1);
  if (count == 3)
    how.workers(static_cast<unsigned>(std::atoi(words[2]))).descriptors_per_core(true);
  return aside::run(how, [http]() ASIDE_WRAPPER { return serve(http); });
}
