// Being stopped: knowing it, catching it, putting it off, and exchanging it with std::stop_token.

#include <aside/aside.hpp>
#include <aside/stop_token.hpp>

#include <chrono>
#include <cstdio>
#include <expected>
#include <stop_token>
#include <thread>

using aside::task;
using namespace std::chrono_literals;

task<int> count_sheep() {
  co_await aside::sleep_for(1h);
  co_return 1000;
}

task<> write_footer() {
  co_await aside::sleep_for(20ms);
  std::puts("the footer is written");
}

task<> write_report(aside::nursery& n) {
  n.request_stop();                        // somebody asks everything here to stop …
  co_await aside::shield(write_footer());  // … which this does not see
  co_await aside::sleep_for(1h);           // and this does
  std::puts("never printed");
}

int old_library(const std::stop_token& stop) {
  int rounds = 0;
  do {
    std::this_thread::sleep_for(1ms);
    ++rounds;
  } while (!stop.stop_requested());
  return rounds;
}

task<> app() {
  co_await aside::scope([](aside::nursery& n) -> task<> {
    const std::expected<void, aside::stopped> ended = co_await aside::try_stopped(write_report(n));
    if (!ended) std::puts("the report was stopped");
    // The request stands: the next wait is stopped. A loop that begins things anew asks first.
    if (aside::stop_requested()) std::puts("so was this scope");
  });

  // A std::stop_source, which any thread may ask, stops a task.
  std::stop_source source;
  std::jthread other([&] { source.request_stop(); });
  const auto sheep = co_await aside::stop_when(source.get_token(), count_sheep());
  if (!sheep) std::puts("stop_when: stopped");

  // A task's stop arrives at code that polls a token: here on a thread of its own.
  const auto rounds = co_await aside::timeout(
      20ms, aside::with_stop_token([](std::stop_token token) -> task<int> {
        const std::jthread worker(
            [token] { std::printf("polled: %s\n", old_library(token) > 0 ? "yes" : "no"); });
        co_await aside::sleep_for(1h);
        co_return 0;
      }));
  if (!rounds) std::puts("timed out");
}

int main() { return aside::run(app); }
