#include <aside/aside.hpp>
#include <aside/compute.hpp>
#include <aside/stop_token.hpp>

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return n > 1;
}

// [call]
int count_primes(int from, int to) {
  int found = 0;
  for (int n = from; n < to; ++n)
    found += is_prime(n) ? 1 : 0;
  return found;
}

task<> print_primes() {
  const int primes = co_await aside::compute(count_primes, 0, 100'000);
  std::printf("%d primes\n", primes);
}
// [/call]

// [parts]
task<int> count_in_parts() {
  const std::vector<int> begins{0, 25'000, 50'000, 75'000};
  const auto found = co_await aside::all(begins, [](int from) -> task<int> {
    co_return co_await aside::compute(count_primes, from, from + 25'000);
  });
  int sum = 0;
  for (const int some : found)
    sum += some;
  co_return sum;
}
// [/parts]

// [loop]
int count_in_parallel(int to) {
  const auto count = [](const tbb::blocked_range<int>& some, int found) {
    return found + count_primes(some.begin(), some.end());
  };
  return tbb::parallel_reduce(tbb::blocked_range<int>(0, to), 0, count, std::plus<>());
}
// [/loop]

// [stop]
int search(std::stop_token stop) {
  int rounds = 0;
  while (!stop.stop_requested())
    ++rounds;  // one look for each piece of work
  return rounds;
}

task<> search_for_a_while() {
  const auto found =
      co_await aside::timeout(20ms, aside::with_stop_token([](std::stop_token stop) -> task<int> {
                                co_return co_await aside::compute(search, std::move(stop));
                              }));
  if (!found) std::puts("the search was told to end");
}
// [/stop]

// [pieces]
task<int> count_beside_others(int to) {
  int found = 0;
  for (int from = 0; from < to; from += 1000) {
    found += count_primes(from, from + 1000);  // well below a millisecond
    co_await aside::yield();                   // others run; a stop is seen
  }
  co_return found;
}
// [/pieces]

task<> app() {
  co_await print_primes();
  const int parts = co_await count_in_parts();
  const int loop = co_await aside::compute(count_in_parallel, 100'000);
  const int pieces = co_await count_beside_others(100'000);
  std::printf("%d %d %d\n", parts, loop, pieces);
  co_await search_for_a_while();
}

int main() { return aside::run(app); }
