// How a runtime is set up, and what it says about itself.

#include <aside/aside.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

using aside::task;
using namespace std::chrono_literals;

// Called on the watchdog's thread when a task has held its core for more than 10 ms.
std::atomic<bool> noticed{false};
void on_held(const aside::held_turn& turn) {
  if (turn.main_task) noticed = true;
}

task<> app() {
  const aside::runtime_info now = aside::info();
  std::printf("%u worker, %s engine\n", now.workers,
              now.engine == "epoll" ? "a readiness" : "another");
  std::printf("live tasks: %zu\n", now.live_tasks);

  while (!noticed)
    std::this_thread::sleep_for(1ms);  // never do this: it holds the core
  std::printf("held turns: %s\n", aside::info().held_turns > 0 ? "some" : "none");
  co_return;
}

int main() {
  return aside::run(aside::options()
                        .workers(1)  // 0, the default: as many as there are CPUs for us
                        .engine(aside::engine_kind::epoll)
                        .handle_signals(false)
                        .blocking_threads(4)
                        .on_held(on_held),
                    app);
}
