// Computing beside tasks that wait: on all CPUs, without holding up a core.

#include <aside/aside.hpp>
#include <aside/compute.hpp>

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <chrono>
#include <cstdio>
#include <functional>

using aside::task;
using namespace std::chrono_literals;

bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return n > 1;
}

int count_primes(int below) {
  const auto count = [](const tbb::blocked_range<int>& some, int found) {
    for (int n = some.begin(); n != some.end(); ++n)
      found += is_prime(n) ? 1 : 0;
    return found;
  };
  return tbb::parallel_reduce(tbb::blocked_range<int>(0, below), 0, count, std::plus<>());
}

task<> app() {
  int ticks = 0;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> {
      for (aside::interval every(1ms);; ++ticks)
        co_await every.tick();
    });
    const int primes = co_await aside::compute(count_primes, 1'000'000);
    std::printf("primes below a million: %d\n", primes);
    n.request_stop();
  });
  std::printf("meanwhile others ran: %s\n", ticks > 0 ? "yes" : "no");
}

int main() { return aside::run(app); }
