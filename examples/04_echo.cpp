// The echo server of the README, with a client in the same program that talks to it and then stops it.

#include <aside/aside.hpp>

#include <cstdio>
#include <functional>
#include <string>

using aside::task;

task<> echo(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

task<> client(std::string address) {
  auto server = co_await aside::tcp_stream::connect(address);
  co_await server.write("ten thousand of us\n");
  if (const aside::chunk chunk = co_await server.receive())
    std::printf("echoed: %.*s", static_cast<int>(chunk.size()), chunk.text().data());
}

task<> app() {
  auto listener =
      co_await aside::tcp_listener::bind("127.0.0.1:0", aside::listen_options().backlog(16));
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await listener.serve(echo); });
    co_await client(address);
    n.request_stop();
  });
}

int main() { return aside::run(app); }
