// Works that spawn: spawn_many_*, chained_spawn, skynet_1m.

#include "runtime.hpp"

namespace peer {

namespace {

template <class Countdown>
awaitable<void> count(Countdown& c) {
  co_await asio::dispatch(use_awaitable);
  c.done();
}

// From a task, or from the thread that then waits.
template <bool Alone>
awaitable<void> spawn_many(uint64_t tasks, outcome& o) {
  auto executor = co_await asio::this_coro::executor;
  countdown<Alone> c(tasks);
  for (uint64_t i = 0; i < tasks; ++i)
    spawn(executor, count(c), detached);
  co_await c.wait();
  o.tasks += tasks - c.left();
}

outcome spawn_many_blocked(runtime& r, uint64_t tasks, uint64_t iterations) {
  return versus::timed(iterations, [&](outcome& o) {
    thread_latch ended(r, tasks);
    for (uint64_t i = 0; i < tasks; ++i)
      spawn(r.context().get_executor(), count(ended), detached);
    ended.wait();
    o.tasks += tasks;
  });
}

// Where one thread runs all, being queued twice costs less than a dispatch.
template <bool Alone>
awaitable<uint64_t> one() {
  if constexpr (!Alone) co_await asio::dispatch(use_awaitable);
  co_return 1;
}

// In Asio it is the completion handler that joins.
template <bool Alone>
outcome spawn_remote(runtime& r, uint64_t tasks, uint64_t iterations) {
  std::vector<uint64_t> results(tasks);
  return versus::timed(iterations, [&](outcome& o) {
    thread_latch ended(r, tasks);
    for (auto& result : results)
      spawn(r.context().get_executor(), one<Alone>(), [&](std::exception_ptr, uint64_t value) {
        result = value;
        ended.done();
      });
    ended.wait();
    for (auto& result : results) {
      o.sum += std::exchange(result, 0);
      ++o.tasks;
    }
  });
}

// Tasks in the background that keep the workers busy from the first iteration to the last.
struct background {
  std::chrono::nanoseconds stall;
  thread_latch ended;
  std::atomic<bool> leave = false;
  std::atomic<uint64_t> stalls = 0;

  void spin() {
    auto end = std::chrono::steady_clock::now() + stall;
    while (std::chrono::steady_clock::now() < end) {
    }
    stalls.fetch_add(1, std::memory_order_relaxed);
  }
};

awaitable<void> yield_and_spin(background& b) {
  while (!b.leave) {
    co_await asio::defer(use_awaitable);
    b.spin();
  }
  b.ended.done();
}

awaitable<void> spin_and_spawn(background& b) {
  co_await asio::dispatch(use_awaitable);
  b.spin();
  if (b.leave)
    b.ended.done();
  else
    spawn(co_await asio::this_coro::executor, spin_and_spawn(b), detached);
}

template <bool Alone>
outcome spawn_busy(runtime& r, const arguments& a, uint64_t iterations) {
  bool yields = a.work() == "spawn_many_remote_busy1";
  unsigned count = yields ? 2 * r.workers() : r.workers();
  background b{std::chrono::microseconds(a.number("stall_us")), {r, count}};
  for (unsigned i = 0; i < count; ++i)
    spawn(r.context().get_executor(), yields ? yield_and_spin(b) : spin_and_spawn(b), detached);
  uint64_t before = b.stalls;
  outcome o = spawn_remote<Alone>(r, a.number("tasks"), iterations);
  o.stalls = b.stalls - before;
  b.leave = true;
  b.ended.wait();
  return o;
}

template <class Countdown>
awaitable<void> link(uint64_t depth, uint64_t& tasks, Countdown& ended) {
  co_await asio::dispatch(use_awaitable);
  ++tasks;
  if (depth > 1)
    spawn(co_await asio::this_coro::executor, link(depth - 1, tasks, ended), detached);
  else
    ended.done();
}

template <bool Alone>
awaitable<void> chain(uint64_t depth, outcome& o) {
  auto executor = co_await asio::this_coro::executor;
  countdown<Alone> ended(1);
  spawn(executor, link(depth, o.tasks, ended), detached);
  co_await ended.wait();
}

outcome chain_blocked(runtime& r, uint64_t depth, uint64_t iterations) {
  return versus::timed(iterations, [&](outcome& o) {
    thread_latch ended(r, 1);
    spawn(r.context().get_executor(), link(depth, o.tasks, ended), detached);
    ended.wait();
  });
}

template <bool Alone>
awaitable<uint64_t> skynet(uint64_t first, uint64_t leaves, uint64_t fan,
                           std::atomic<uint64_t>& tasks) {
  if (leaves == 1) {
    co_await asio::dispatch(use_awaitable);
    co_return first;
  }
  auto executor = co_await asio::this_coro::executor;
  countdown<Alone> children(fan);
  std::atomic<uint64_t> sum = 0;
  uint64_t each = leaves / fan;
  for (uint64_t i = 0; i < fan; ++i)
    spawn(executor, skynet<Alone>(first + i * each, each, fan, tasks),
          [&](std::exception_ptr, uint64_t value) {
            sum.fetch_add(value, std::memory_order_relaxed);
            children.done();
          });
  co_await children.wait();
  tasks.fetch_add(fan, std::memory_order_relaxed);
  co_return sum.load(std::memory_order_relaxed);
}

template <bool Alone>
versus::work find_for(const arguments& a, runtime& r) {
  std::string name = a.work();
  if (name == "spawn_many_local")
    return {.run =
                [&](uint64_t k) {
                  uint64_t tasks = a.number("tasks");
                  if (a.blocked()) return spawn_many_blocked(r, tasks, k);
                  return r.run(timed(k, [=](outcome& o) { return spawn_many<Alone>(tasks, o); }));
                },
            .hold = {},
            .release = {}};
  if (name == "spawn_many_remote_idle")
    return {.run = [&](uint64_t k) { return spawn_remote<Alone>(r, a.number("tasks"), k); },
            .hold = {},
            .release = {}};
  if (name == "spawn_many_remote_busy1" || name == "spawn_many_remote_busy2")
    return {
        .run = [&](uint64_t k) { return spawn_busy<Alone>(r, a, k); }, .hold = {}, .release = {}};
  if (name == "chained_spawn")
    return {.run =
                [&](uint64_t k) {
                  uint64_t depth = a.number("depth");
                  if (a.blocked()) return chain_blocked(r, depth, k);
                  return r.run(timed(k, [=](outcome& o) { return chain<Alone>(depth, o); }));
                },
            .hold = {},
            .release = {}};
  if (name == "skynet_1m" && !a.blocked())
    return {.run =
                [&](uint64_t k) {
                  uint64_t leaves = a.number("leaves"), fan = a.number("fan");
                  std::atomic<uint64_t> tasks = k;
                  outcome o = r.run(timed(k, [&, leaves, fan](outcome& o) -> awaitable<void> {
                    o.sum += co_await skynet<Alone>(0, leaves, fan, tasks);
                  }));
                  o.tasks = tasks;
                  return o;
                },
            .hold = {},
            .release = {}};
  return {};
}

}  // namespace

versus::work find_spawn(const arguments& a, runtime& r) {
  return r.alone() ? find_for<true>(a, r) : find_for<false>(a, r);
}

}  // namespace peer
