#include <aside/aside.hpp>

#include <cstdio>

using aside::task;

// [ask]
task<> app() {
  const aside::runtime_info i = aside::info();
  std::printf("%.*s: %.*s\n", static_cast<int>(i.engine.size()), i.engine.data(),
              static_cast<int>(i.engine_reason.size()), i.engine_reason.data());
  co_return;
}

int main() { return aside::run(aside::options().engine(aside::engine_kind::epoll), app); }
// [/ask]
