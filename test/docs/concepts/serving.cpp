#include <aside/aside.hpp>
#include <aside/net/unix_listener.hpp>

#include <atomic>
#include <chrono>
#include <utility>

using aside::task;
using namespace std::chrono_literals;

task<> echo(aside::tcp_stream peer) {
  for (;;) {
    const aside::chunk c = co_await peer.receive();
    if (!c) break;
    co_await peer.write(*c);
  }
}

task<> wait_for_the_end_of_the_day() { co_await aside::sleep_for(1h); }

// [serve]
task<> server() {
  const auto limits = aside::listen_options().max_connections(10'000);
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:7000", limits);
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> {
      co_await wait_for_the_end_of_the_day();
      listener.drain();  // serve returns when the last connection has ended
    });
    co_await listener.serve(echo);
  });
}
// [/serve]

// [busy]
std::atomic<int> served = 0;

class place {
 public:
  place() : number_(++served) {}
  place(const place&) = delete;
  ~place() { --served; }
  [[nodiscard]] bool is_free() const { return number_ <= 10'000; }

 private:
  int number_;
};

task<> echo_or_refuse(aside::tcp_stream peer) {
  const place mine;
  if (mine.is_free())
    co_await echo(std::move(peer));
  else
    co_await peer.write("busy, try again later\n");
}
// [/busy]

task<> answer(aside::unix_stream peer) { co_await peer.write("not yet\n"); }

// [local]
task<> local_server() {
  const auto how = aside::unix_options().mode(0600).replace_dead(true).max_connections(100);
  auto listener = co_await aside::unix_listener::bind("/run/aside/control", how);
  co_await listener.serve(answer);  // and listener.drain(), as above
}
// [/local]

// [tables]
int main() { return aside::run(aside::options().descriptors_per_core(true), server); }
// [/tables]
