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

task<> silent(std::string address) {
  auto server = co_await aside::tcp_stream::connect(address);
  co_await server.write("x");
  static_cast<void>(co_await server.receive());  // it is served
  ::kill(::getpid(), SIGTERM);
  static_cast<void>(co_await server.receive());
}

task<> echo(aside::tcp_stream peer) {
  const struct at_end {
    ~at_end() { std::puts(aside::stopping() ? "stopped" : "ended"); }
  } says;
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

// [sigterm]
int sigterm() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);  // here, and in every thread that begins later
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

task<> drain(aside::tcp_listener& listener, int asked, std::chrono::milliseconds patience) {
  co_await aside::poll(asked, aside::poll_events::readable);
  listener.drain();
  co_await aside::sleep_for(patience);
}

task<int> serve(aside::tcp_listener& listener, int asked, std::chrono::milliseconds patience) {
  const auto [served, late] =
      co_await aside::race(listener.serve(echo), drain(listener, asked, patience));
  co_return served ? 0 : 1;  // 1: some had to be stopped
}
// [/sigterm]

task<int> server(int asked) {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  aside::spawn(silent, "127.0.0.1:" + std::to_string(listener.port()));
  co_return co_await serve(listener, asked, 20ms);
}

int main() {
  // [unhandled]
  return aside::run(aside::options().handle_signals(false), server, sigterm());
  // [/unhandled]
}
