// A front that accepts connections and passes them on to a worker, which could be another process:
// Unix sockets carry descriptors. And messages between the two.

#include <aside/aside.hpp>
#include <aside/net/unix_datagram.hpp>
#include <aside/net/unix_listener.hpp>
#include <aside/net/unix_stream.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

using aside::task;

/// Serves connections that the front has accepted, until there are no more.
task<> worker(std::string address, std::string reports) {
  auto front = co_await aside::unix_stream::connect(address);
  auto report = co_await aside::unix_datagram::connect(reports);
  for (;;) {
    aside::fd_message message = co_await front.receive_fd();
    if (!message.fd) break;
    aside::descriptor accepted = std::move(message.fd);  // closed when it dies, unless it is adopted
    auto peer = co_await aside::adopt<aside::tcp_stream>(std::move(accepted));
    const aside::chunk question = co_await peer.receive();
    co_await peer.write("served by the worker\n");
    co_await report.send(question.text());
  }
}

task<> client(std::string address, std::string name) {
  auto server = co_await aside::tcp_stream::connect(address);
  co_await server.write(name);
  const aside::chunk answer = co_await server.receive();
  std::printf("%s was %.*s", name.c_str(), static_cast<int>(answer.size()), answer.text().data());
}

task<> app() {
  // Linux's abstract namespace: no files, but a name is the whole machine's. A path would do too.
  const std::string name = "@aside example " + std::to_string(::getpid());
  auto listener = co_await aside::unix_listener::bind(name, aside::unix_options().backlog(16));
  auto reports = co_await aside::unix_datagram::bind(name + " reports");
  auto clients = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string where = "127.0.0.1:" + std::to_string(clients.port());
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn(&worker, name, name + " reports");
    auto hands = co_await listener.accept();
    const aside::peer_credentials who = hands.peer();
    std::printf("a worker: %s\n", who.pid > 0 ? "its process is known" : "unknown");
    for (const char* const visitor : {"Anna", "Berta"}) {
      co_await aside::scope([&](aside::nursery& visit) -> task<> {
        visit.spawn(&client, where, std::string(visitor));
        auto peer = co_await clients.accept();
        co_await hands.send_fd(peer.native_handle());
        peer.close();  // lives on where it has gone
      });
      std::array<std::byte, 64> room{};
      const aside::unix_received report = co_await reports.recv_from(room);
      const aside::unix_address from = report.sender();
      std::printf("report of %zu bytes%s, from %s\n", report.size(),
                  report.truncated() ? ", cut off" : "", from ? "a named socket" : "one without a name");
    }
    co_await hands.shutdown();
  });
}

int main() { return aside::run(app); }
