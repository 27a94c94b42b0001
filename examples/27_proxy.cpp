// A TCP proxy: every connection to it becomes one to the server behind it, and bytes stream both ways.
// In the same program: the server, and a client that sends a million bytes and an end through it.

#include <aside/aside.hpp>
#include <aside/io/copy.hpp>

#include <cstdio>
#include <string>

using aside::task;
using aside::tcp_stream;

task<> forward(tcp_stream client, std::string upstream) {
  tcp_stream server = co_await tcp_stream::connect(upstream);
  const aside::copied_both copied = co_await aside::copy_both(client, server);
  std::printf("proxy: %zu bytes there, %zu back\n", copied.a_to_b(), copied.b_to_a());
}

// Answers only when the client has ended: the proxy passes the end of one direction on.
task<> count(tcp_stream peer) {
  std::size_t bytes = 0;
  while (auto chunk = co_await peer.receive())
    bytes += chunk.size();
  const std::string answer = std::to_string(bytes) + " bytes\n";
  co_await peer.write(answer);
}

task<std::string> ask(std::string proxy) {
  tcp_stream peer = co_await tcp_stream::connect(proxy);
  const std::string question(1'000'000, '?');
  co_await peer.write(question);
  co_await peer.shutdown();
  std::string answer;
  while (auto chunk = co_await peer.receive())
    answer += chunk.text();
  co_return answer;
}

task<> app() {
  auto server = co_await aside::tcp_listener::bind("127.0.0.1:0");
  auto proxy = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string behind = "127.0.0.1:" + std::to_string(server.port());
  const std::string front = "127.0.0.1:" + std::to_string(proxy.port());
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await server.serve(count); });
    n.spawn_local([&]() -> task<> { co_await proxy.serve(forward, behind); });
    const std::string answer = co_await ask(front);
    std::printf("server: %s", answer.c_str());
    n.request_stop();
  });
}

int main() { return aside::run(aside::options().workers(1), app); }
