#include <aside/aside.hpp>

#include <cstdio>

using aside::task;

unsigned advance(unsigned n) { return n * 1'664'525u + 1'013'904'223u; }

// [computes]
task<> compute_long() {
  unsigned n = 1;
  while (aside::info().held_turns == 0)
    for (int i = 0; i < 1'000'000; ++i)
      n = advance(n);  // nothing here waits
  co_return;
}
// [/computes]

task<> app() {
  co_await aside::scope([](aside::nursery& n) -> task<> {
    n.spawn(compute_long);
    co_return;
  });
}

int main() { return aside::run(aside::options().workers(1), app); }
