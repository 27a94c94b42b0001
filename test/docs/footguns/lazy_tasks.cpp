#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>

using aside::task;
using namespace std::chrono_literals;

task<> save(int value) {
  std::printf("saved %d\n", value);
  co_return;
}

task<> app() {
  // [dropped]
  auto&& later = save(1);      // compiles without a word
  static_cast<void>(later);    // somebody silences "unused variable"
  static_cast<void>(save(2));  // somebody silences our warning
  // [/dropped]
  co_await save(3);
}

int main() { return aside::run(app); }
