// Threads that give work to a runtime which may end before them.

#include <aside/aside.hpp>

#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

using aside::task;

task<int> square(int n) { co_return n* n; }

task<> pass_on(aside::oneshot_receiver<int> from) {
  const int value = co_await from;
  std::printf("received: %d\n", value);
}

int main() {
  std::optional<aside::runtime_handle> way_in;
  {
    aside::runtime tasks;
    way_in.emplace(tasks.handle());
    auto answer = way_in->spawn_joinable(square, 7);
    const int value = tasks.block_on([&]() -> task<int> { co_return co_await answer.join(); });
    std::printf("7 squared: %d\n", value);

    // The other way: this thread gives a value to a task.
    auto [send, receive] = aside::oneshot<int>();
    auto passed = tasks.spawn_joinable(pass_on, std::move(receive));
    send.set(8);
    tasks.block_on([&]() -> task<> { co_await passed.join(); });
  }
  try {
    way_in->spawn(pass_on, aside::oneshot<int>().receiver);
  } catch (const std::system_error& e) {
    if (e.code() == aside::errc::runtime_gone) std::puts("too late: the runtime has gone");
  }
}
