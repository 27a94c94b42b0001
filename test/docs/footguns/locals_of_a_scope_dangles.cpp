#include <aside/aside.hpp>

#include <cstdio>
#include <string>
#include <string_view>

using aside::task;

struct counter {
  int done = 0;
};

task<> greet(std::string_view name) {
  std::printf("hello, %.*s\n", static_cast<int>(name.size()), name.data());
  co_return;
}

task<> app() {
  // [capture]
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    counter all;  // wrong: lives in the body
    for (int i = 0; i < 10; ++i)
      n.spawn_local([&all]() -> task<> {
        all.done += 1;
        co_return;
      });
    co_return;  // all dies here, the children have not begun
  });
  // [/capture]

  // [view]
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    std::string name = "Ada";                // wrong: lives in the body
    n.spawn(greet, std::string_view(name));  // accepted: a scope's child may borrow
    co_return;                               // name dies here
  });
  // [/view]
}

int main() { return aside::run(app); }
