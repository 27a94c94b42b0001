// The works whose instructions are counted: works NAME ITERATIONS [watchdog], on one core.
#include <aside/aside.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace {

using aside::task;

struct countdown {
  explicit countdown(int from) : left(from) {}
  void one_less() {
    if (left.fetch_sub(1) == 1) done.set();
  }
  std::atomic<int> left;
  aside::event done;
};
using countdown_ptr = std::shared_ptr<countdown>;

task<> decrement(countdown_ptr left) {
  left->one_less();
  co_return;
}
task<> spawn_many_local() {
  const auto left = std::make_shared<countdown>(1000);
  for (int i = 0; i < 1000; ++i)
    aside::spawn(&decrement, left);
  co_await left->done.wait();
}

task<int> one() { co_return 1; }
task<> spawn_many_remote_idle() {
  std::vector<aside::join_handle<int>> handles;
  for (int i = 0; i < 1000; ++i)
    handles.push_back(aside::spawn_joinable(&one));
  for (auto& handle : handles)
    static_cast<void>(co_await handle.join());
}

task<> yielder(countdown_ptr left) {
  for (int i = 0; i < 100; ++i)
    co_await aside::yield();
  left->one_less();
}
task<> yield_many() {
  const auto left = std::make_shared<countdown>(20);
  for (int i = 0; i < 20; ++i)
    aside::spawn(&yielder, left);
  co_await left->done.wait();
}

task<> pong(aside::oneshot_receiver<int> from, aside::oneshot_sender<int> to) {
  const int got = co_await from;
  to.set(got);
}
task<> ping(countdown_ptr left) {
  auto [to_pong, at_pong] = aside::oneshot<int>();
  auto [to_ping, at_ping] = aside::oneshot<int>();
  aside::spawn(&pong, std::move(at_pong), std::move(to_ping));
  to_pong.set(1);
  static_cast<void>(co_await at_ping);
  left->one_less();
}
task<> ping_pong() {
  const auto left = std::make_shared<countdown>(300);
  for (int i = 0; i < 300; ++i)
    aside::spawn(&ping, left);
  co_await left->done.wait();
}

task<> chain(aside::oneshot_sender<int> end, int left) {
  if (left == 1)
    end.set(1);
  else
    aside::spawn(&chain, std::move(end), left - 1);
  co_return;
}
task<> chained_spawn() {
  auto [end, ended] = aside::oneshot<int>();
  aside::spawn(&chain, std::move(end), 1000);
  static_cast<void>(co_await ended);
}

task<> oneshot() {
  for (int i = 0; i < 1000; ++i) {
    auto [send, receive] = aside::oneshot<int>();
    send.set(i);
    static_cast<void>(co_await receive);
  }
}

using work = task<>();
work* find(std::string_view name) {
  if (name == "spawn_many_local") return &spawn_many_local;
  if (name == "spawn_many_remote_idle") return &spawn_many_remote_idle;
  if (name == "yield_many") return &yield_many;
  if (name == "ping_pong") return &ping_pong;
  if (name == "chained_spawn") return &chained_spawn;
  if (name == "oneshot") return &oneshot;
  return nullptr;
}

task<> repeat(work* w, int times) {
  for (int i = 0; i < times; ++i)
    co_await w();
}

}  // namespace

int main(int count, char** words) {
  work* const w = count > 2 ? find(words[1]) : nullptr;
  if (w == nullptr) {
    std::fprintf(stderr, "works NAME ITERATIONS [watchdog]\n");
    return 2;
  }
  const bool watched = count > 3 && std::string_view(words[3]) == "watchdog";
  aside::options o;
  o.workers(1).handle_signals(false).watchdog(watched);
  return aside::run(o, &repeat, w, std::atoi(words[2]));
}
