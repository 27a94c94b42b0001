// SIGTERM: no further connection, time for those that are there to end, and an exit code that tells whether they did.

#include <aside/aside.hpp>
#include <aside/net/poll.hpp>

#include <sys/signalfd.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

using aside::task;
using namespace std::chrono_literals;

task<> echo(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

/// Blocked in every thread that begins later, SIGTERM only makes this readable.
int sigterm() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

task<> drain(aside::tcp_listener& listener, int asked, std::chrono::milliseconds patience) {
  co_await aside::poll(asked, aside::poll_events::readable);
  listener.drain();  // serve returns when the last connection has ended
  co_await aside::sleep_for(patience);
}

/// A client that is in the middle of something when the signal comes.
task<> client(std::string address) {
  auto server = co_await aside::tcp_stream::connect(address);
  co_await server.write("before\n");
  for (int i = 0; i < 2; ++i) {
    if (const aside::chunk chunk = co_await server.receive())
      std::printf("echoed: %.*s", static_cast<int>(chunk.size()), chunk.text().data());
    if (i > 0) break;
    ::kill(::getpid(), SIGTERM);
    co_await server.write("after\n");
  }
}

task<int> serve(aside::tcp_listener& listener, int asked, std::chrono::milliseconds patience) {
  // What has not ended in time is stopped, as the loser of a race is.
  const auto [served, late] =
      co_await aside::race(listener.serve(echo), drain(listener, asked, patience));
  std::puts(served ? "all have ended" : "some were stopped");
  co_return served ? 0 : 1;
}

task<int> app(int asked) {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  aside::spawn(client, "127.0.0.1:" + std::to_string(listener.port()));
  co_return co_await serve(listener, asked, 10s);
}

int main() { return aside::run(aside::options().handle_signals(false), app, sigterm()); }
