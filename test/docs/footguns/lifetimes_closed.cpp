#include <aside/aside.hpp>

#include <chrono>
#include <string>

using aside::task;
using namespace std::chrono_literals;

task<> app() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  auto stream = co_await aside::tcp_stream::connect(address);
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    // [closed]
    n.spawn_local([&]() -> task<> { const auto bytes = co_await stream.receive(); });
    co_await aside::sleep_for(1ms);
    stream.close();  // while the child waits in it
    // [/closed]
  });
}

int main() { return aside::run(app); }
