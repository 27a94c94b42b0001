// Ping over UDP: datagrams may get lost, so each question has a time limit and is asked again.

#include <aside/aside.hpp>
#include <aside/net/udp_socket.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>

using aside::task;
using namespace std::chrono_literals;

task<> answer(aside::udp_socket& server) {
  std::array<std::byte, 64> room{};
  for (int heard = 1;; ++heard) {
    const aside::received_from question = co_await server.recv_from(room);
    if (heard == 2) continue;  // this one gets lost on the way
    co_await server.send_to(std::span(room).first(question.size()), question.sender());
  }
}

task<> ping(std::string address) {
  auto peer = co_await aside::udp_socket::connect(address);
  for (int i = 1; i <= 3; ++i) {
    const std::string question = "ping " + std::to_string(i);
    for (bool answered = false; !answered;) {
      co_await peer.send(question);
      const auto in_time = co_await aside::timeout(500ms, [&]() -> task<> {
        const aside::datagram d = co_await peer.receive();
        answered = d.text() == question;  // and not a late answer to another
      }());
      std::printf("%s: %s\n", question.c_str(), in_time ? "answered" : "no answer, again");
    }
  }
}

task<> app() {
  // On each core one such socket, of the same address, would take its share of the peers.
  const auto shared = aside::udp_options().share_port(true);
  auto server = co_await aside::udp_socket::bind("127.0.0.1:0", shared);
  const aside::socket_address chosen = server.local_address();
  const std::string address = chosen.text();
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await answer(server); });
    co_await ping(address);
    n.request_stop();
  });

  // The peer of a connected socket that has gone refuses what is sent to it, and the sender is
  // told.
  auto peer = co_await aside::udp_socket::connect(address);
  server.close();
  co_await peer.send("anybody?");
  const auto refused = co_await peer.receive().as_result();
  std::printf("afterwards: %s\n", refused ? "?" : refused.error().message().c_str());
}

int main() { return aside::run(app); }
