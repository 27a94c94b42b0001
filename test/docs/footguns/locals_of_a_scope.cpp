#include <aside/aside.hpp>

#include <cstdio>
#include <string>

using aside::task;

struct counter {
  int done = 0;
};

task<> count() {
  // [declared_outside]
  counter all;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (int i = 0; i < 10; ++i)
      n.spawn_local([&all]() -> task<> {
        all.done += 1;
        co_return;
      });
    co_return;
  });
  // [/declared_outside]
  std::printf("%d children\n", all.done);
}

task<> greet(std::string name) {
  std::printf("hello, %s\n", name.c_str());
  co_return;
}

task<> app() {
  co_await count();
  co_await aside::scope([](aside::nursery& n) -> task<> {
    // [by_value]
    std::string name = "Ada";
    n.spawn(greet, name);  // task<> greet(std::string): the child has its own
    // [/by_value]
    co_return;
  });
}

int main() { return aside::run(app); }
