// The timer wheel alone, beside a bare doubly linked list: what a timer costs by itself, and how much
// of that is memory that is far away.
#include "time/wheel.hpp"

#include <aside/detail/promise.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace {

using aside::detail::timer_node;
using aside::detail::timer_wheel;

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uintptr_t nobody = 8;  // a target that never fires here

/// Timers of 10 to 3,600 s.
std::uint64_t time_of(std::size_t i) { return (10 + i % 3591) * second; }

std::vector<std::size_t> order(std::size_t n, unsigned seed) {
  std::vector<std::size_t> all(n);
  for (std::size_t i = 0; i < n; ++i)
    all[i] = i;
  std::shuffle(all.begin(), all.end(), std::mt19937_64(seed));
  return all;
}

void wheel_cancel_random(benchmark::State& state) {
  const auto live = static_cast<std::size_t>(state.range(0));
  const auto in_order = order(live, 1);
  timer_wheel wheel(0);
  std::vector<timer_node*> nodes(live);
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(live))) {
    state.PauseTiming();
    for (std::size_t i = 0; i < live; ++i)
      nodes[i] = wheel.add(time_of(i), nobody);
    state.ResumeTiming();
    for (const std::size_t i : in_order)
      wheel.remove(*nodes[i]);
  }
}

void wheel_add_cancel_fresh(benchmark::State& state) {
  const auto live = static_cast<std::size_t>(state.range(0));
  timer_wheel wheel(0);
  std::vector<timer_node*> nodes(live);
  for (std::size_t i = 0; i < live; ++i)
    nodes[i] = wheel.add(time_of(i), nobody);
  for (auto _ : state)
    wheel.remove(*wheel.add(second, nobody));
  for (timer_node* const n : nodes)
    wheel.remove(*n);
}

struct link {
  link* next = this;
  link* prev = this;
  std::uint64_t when = 0;
  std::uint64_t target = 0;
  void insert_after(link& head) {
    next = std::exchange(head.next, this);
    prev = std::exchange(next->prev, this);
  }
  void remove() {
    next->prev = prev;
    prev->next = next;
  }
};
static_assert(sizeof(link) == sizeof(timer_node));

/// The floor: unlinking, where neighbours in a list are as far apart in memory as the wheel's are once
/// its nodes have been given back in a random order.
void list_cancel_random(benchmark::State& state) {
  const auto live = static_cast<std::size_t>(state.range(0));
  const auto in_order = order(live, 1);
  const auto then = order(live, 2);
  std::vector<link> links(live);
  std::vector<link> heads(3591);
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(live))) {
    state.PauseTiming();
    for (std::size_t i = 0; i < live; ++i)
      links[in_order[i]].insert_after(heads[i % heads.size()]);
    state.ResumeTiming();
    for (const std::size_t i : then)
      links[i].remove();
  }
  benchmark::DoNotOptimize(heads.data());
}

}  // namespace

BENCHMARK(wheel_cancel_random)->Arg(1'000)->Arg(1'000'000);
BENCHMARK(list_cancel_random)->Arg(1'000)->Arg(1'000'000);
BENCHMARK(wheel_add_cancel_fresh)->Arg(1'000)->Arg(1'000'000);
