// A server with a limit, a client that tries two addresses, and an end that breaks no connection.

#include <aside/aside.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>

using aside::task;
using namespace std::chrono_literals;

task<> echo(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

task<> client(aside::tcp_listener& listener, std::string address) {
  // Nobody listens on the first, so the second is tried at once; were it silent, after 100 ms.
  const std::array<std::string_view, 2> addresses{"127.0.0.1:1", address};
  const auto patience = aside::connect_options().attempt_delay(100ms);
  auto server = co_await aside::tcp_stream::connect(addresses, patience);

  listener.drain();  // who is connected stays so
  co_await server.write("still here\n");
  if (const aside::chunk chunk = co_await server.receive())
    std::printf("echoed: %.*s", static_cast<int>(chunk.size()), chunk.text().data());
}

task<> app() {
  const auto limits = aside::listen_options().max_connections(10'000);
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0", limits);
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await client(listener, address); });
    co_await listener.serve(echo);
  });
  std::puts("served to the end");
}

int main() { return aside::run(app); }
