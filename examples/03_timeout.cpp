// A limit to how long something may take. When the time is over the work is stopped and awaited: its
// destructors have run before timeout returns, and `catch` blocks have not.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <expected>

using aside::task;
using namespace std::chrono_literals;

struct lease {
  ~lease() { std::puts(aside::stopping() ? "lease returned: stopped" : "lease returned: done"); }
};

task<int> ask_slowly(std::chrono::milliseconds takes) {
  const lease held;
  co_await aside::sleep_for(takes);
  co_return 42;
}

task<> app() {
  for (const auto takes : {1ms, 10'000ms}) {
    const std::expected<int, aside::timed_out> answer =
        co_await aside::timeout(100ms, ask_slowly(takes));
    if (answer)
      std::printf("answer: %d\n", *answer);
    else
      std::puts("timed out");
  }
}

int main() { return aside::run(app); }
