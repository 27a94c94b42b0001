#include <aside/aside.hpp>
#include <aside/stop_token.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <stop_token>

using aside::task;
using namespace std::chrono_literals;

// [unwinds]
struct lease {
  ~lease() { std::puts(aside::stopping() ? "lease: stopped" : "lease: done"); }
};

task<int> answer(std::chrono::milliseconds takes) {
  const lease held;
  try {
    co_await aside::sleep_for(takes);
  } catch (...) {
    std::puts("never printed");
  }
  co_return 42;
}

task<> ask() {
  const auto quick = co_await aside::timeout(1s, answer(1ms));
  const auto slow = co_await aside::timeout(20ms, answer(1h));
  std::printf("%d, then %s\n", *quick, slow ? "an answer" : "none");
}
// [/unwinds]

task<> fail() {
  co_await aside::sleep_for(5ms);
  throw std::runtime_error("no such shop");
}
task<int> price(int value, std::chrono::milliseconds takes) {
  co_await aside::sleep_for(takes);
  co_return value;
}

task<> whoever_asks() {
  // [scope_fails]
  try {
    co_await aside::scope([](aside::nursery& n) -> task<> {
      n.spawn(fail);
      co_await aside::sleep_for(1h);  // stopped when the child fails
    });
  } catch (const std::runtime_error& e) {
    std::puts(e.what());
  }
  // [/scope_fails]
  // [race]
  const auto [near, far] = co_await aside::race(price(3, 1ms), price(2, 1h));
  std::printf("%d\n", near ? *near : *far);
  // [/race]
  // [request]
  co_await aside::scope([](aside::nursery& n) -> task<> {
    n.spawn_local([]() -> task<> { co_await aside::sleep_for(1h); });
    co_await aside::sleep_for(1ms);
    n.request_stop();  // everything in this scope; then the scope returns
  });
  // [/request]
  // [one]
  auto slow = aside::spawn_joinable(price, 3, 1h);
  slow.request_stop();  // this task, and no other
  const auto none = co_await slow.join().as_result();
  if (!none) std::puts(none.error().message().c_str());
  // [/one]
}

// [nested]
task<> nested() {
  const auto outer = co_await aside::timeout(20ms, []() -> task<> {
    const auto inner = co_await aside::timeout(1h, price(1, 2h));
    std::puts(inner ? "a price" : "never printed");
  }());
  std::puts(outer ? "in time" : "the outer time was over first");
}
// [/nested]

task<> commit() {
  co_await aside::sleep_for(1ms);
  std::puts("committed");
}
task<> roll_back() {
  co_await aside::sleep_for(1ms);
  std::puts("rolled back");
}
task<> work() { co_await aside::sleep_for(1h); }

task<> tidy() {
  // [tidy]
  co_await aside::timeout(20ms, aside::finally(work(), roll_back()));
  // [/tidy]
  co_await aside::timeout(0ms, []() -> task<> {
    // [commit]
    co_await aside::shield(commit());
    // [/commit]
  }());
}

task<> reached() {
  aside::event heard;
  const auto sleeper = [&]() -> task<> {
    const struct bell {
      aside::event& rings;
      ~bell() {
        std::puts("the sleeper is stopped");
        rings.set();
      }
    } at_end{heard};
    co_await aside::sleep_for(1h);
  };
  const auto commit = [&]() -> task<> {
    co_await heard.wait();
    std::puts("committed all the same");
  };
  co_await aside::timeout(20ms, [&]() -> task<> {
    // [reached]
    co_await aside::scope([&](aside::nursery& n) -> task<> {
      n.spawn_local(sleeper);
      co_await aside::shield(commit());
    });
    // [/reached]
  }());
}

// [token]
task<> with_old_code(std::stop_token from_elsewhere) {
  const auto value = co_await aside::stop_when(from_elsewhere, price(1, 1h));
  if (!value) std::puts("the token was asked to stop");
}
// [/token]

task<> app() {
  co_await ask();
  co_await whoever_asks();
  co_await nested();
  co_await tidy();
  co_await reached();
  std::stop_source source;
  source.request_stop();
  co_await with_old_code(source.get_token());
}

int main() { return aside::run(app); }
