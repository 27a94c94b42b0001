#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

// [references]
task<std::size_t> length(std::string_view text) {
  co_await aside::sleep_for(1ms);
  co_return text.size();
}

task<> measure() {
  std::string name = "Ada";
  const std::size_t both = co_await length(name + " Lovelace");    // a temporary
  const std::size_t twice = co_await [&]() -> task<std::size_t> {  // a closure that is a temporary
    const std::size_t once = co_await length(name);
    co_return 2 * once;
  }();
  std::printf("%zu and %zu\n", both, twice);
}
// [/references]

// [spawned]
task<> greet(std::string name, int times) {
  for (int i = 0; i < times; ++i) {
    co_await aside::sleep_for(1ms);
    std::printf("hello, %s\n", name.c_str());
  }
}

void start(const std::string& name) {
  aside::spawn(greet, name, 2);  // copies both; nothing of ours is referred to
}
// [/spawned]

// [member]
class session {
 public:
  explicit session(std::string name) : name_(std::move(name)) {}
  task<> serve() {
    co_await aside::sleep_for(1ms);
    std::printf("served %s\n", name_.c_str());
  }

 private:
  std::string name_;
};

void open() { aside::spawn(&session::serve, std::make_shared<session>("Grace")); }
// [/member]

// [scope]
task<> print_length(const std::string& text) {
  const std::size_t n = co_await length(text);
  std::printf("%zu\n", n);
}

task<> print_all(const std::vector<std::string>& texts) {
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (const std::string& text : texts)
      n.spawn(print_length, std::cref(text));  // const, and the scope ends after its children
    co_return;
  });
}
// [/scope]

/// Until the tasks that nobody awaits have ended.
task<> until_alone() {
  while (aside::info().live_tasks > 1)
    co_await aside::yield();
}

task<> app() {
  co_await measure();
  start("Ada");
  co_await until_alone();
  open();
  co_await until_alone();
  const std::vector<std::string> texts{"tea", "tea"};
  co_await print_all(texts);
}

int main() { return aside::run(aside::options().workers(1), app); }
