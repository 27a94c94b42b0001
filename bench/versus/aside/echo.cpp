// echo port=P workers=N: the README's server.

#include "serving.hpp"

using aside::task;

namespace {

task<> echo(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

task<> serve(const std::string& address) {
  auto listener = co_await aside::tcp_listener::bind(address);
  versus::say_listening(listener.port());
  co_await listener.serve(echo);
}

}  // namespace

int main(int count, char** words) { return versus::run_server(count, words, &serve); }
