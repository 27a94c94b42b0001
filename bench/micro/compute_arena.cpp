// What the size of compute's arena costs the tasks beside it, and what it gains. For docs/design/0004.
//
//   clang++-22 -std=c++23 -O2 bench/micro/compute_arena.cpp $(pkg-config --cflags --libs aside-compute)
//
// One line for each size of an arena and each kind of tasks beside it: units of work a millisecond of
// processor time, of arena and tasks together, which is what too many threads would cost; the arena's
// share of the units; how late a task runs that waits for a time; preemptions.

#include <aside/aside.hpp>

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <sys/resource.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

using aside::task;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto window = 2s;
std::atomic<std::uint64_t> computed{0};  // units of work: by the arena,
std::atomic<std::uint64_t> toiled{0};    // and by tasks

void unit_of_work(std::atomic<std::uint64_t>& count) {
  volatile double x = 1;
  for (int k = 0; k < 1000; ++k)
    x = x * 1.0000001 + 1;
  count.fetch_add(1, std::memory_order_relaxed);
}

/// One entering thread of `size`: loops until `until`, as a call of compute would.
void crunch(int size, steady::time_point until) {
  static std::vector<tbb::task_arena> arenas(65);
  tbb::task_arena& mine = arenas.at(static_cast<std::size_t>(size));
  mine.initialize(size);
  while (steady::now() < until)
    mine.execute([] { tbb::parallel_for(0, 1000, [](int) { unit_of_work(computed); }); });
}

task<> compute_in(int size, steady::time_point until) {
  co_await aside::blocking(crunch, size, until);
}

task<> tick(std::vector<double>& late_us, steady::time_point until) {
  while (steady::now() < until) {
    const auto due = steady::now() + 1ms;
    co_await aside::sleep_until(due);
    late_us.push_back(std::chrono::duration<double, std::micro>(steady::now() - due).count());
  }
}

/// Keeps its core busy, in turns of some microseconds.
task<> toil(steady::time_point until) {
  while (steady::now() < until) {
    unit_of_work(toiled);
    co_await aside::yield();
  }
}

double cpu_ms(const rusage& r) {
  const auto ms = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return ms(r.ru_utime) + ms(r.ru_stime);
}

task<> measure(int size, bool busy) {
  std::vector<double> late;
  computed = 0;
  toiled = 0;
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  const auto until = steady::now() + window;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (int i = 0; i < size; ++i)
      n.spawn(compute_in, size, until);
    for (unsigned i = 0; busy && i < aside::info().workers; ++i)
      n.spawn(toil, until);
    co_await tick(late, until);
  });
  getrusage(RUSAGE_SELF, &after);
  std::ranges::sort(late);
  const auto at = [&](double q) {
    return late[static_cast<std::size_t>(q * static_cast<double>(late.size() - 1))];
  };
  const auto by_arena = static_cast<double>(computed.load());
  const double all = by_arena + static_cast<double>(toiled.load());
  std::printf(
      "%s tasks, arena %2d: %4.0f units/ms, %3.0f %% by the arena, late by %6.0f us (p50) "
      "%6.0f us (p99), %5ld preemptions\n",
      busy ? "busy" : "idle", size, all / (cpu_ms(after) - cpu_ms(before)), 100 * by_arena / all,
      at(0.5), at(0.99), after.ru_nivcsw - before.ru_nivcsw);
}

task<> app() {
  const int cpus = static_cast<int>(std::thread::hardware_concurrency());
  for (int round = 0; round < 3; ++round)
    for (const bool busy : {false, true})
      for (const int size : {std::max(1, cpus / 2), cpus, 2 * cpus})
        co_await measure(size, busy);
}

}  // namespace

int main() { return aside::run(app); }
