// Works with timers: sleepers_*, timer_*, time_timeout.

#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>

#include "../common/timers.hpp"
#include "runtime.hpp"

namespace peer {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using versus::random_order;
using versus::spread;
using clock = std::chrono::steady_clock;
using steady_timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor_type>;

// A cancelled timer's handler still has to be run; after so many it gets the chance.
constexpr uint64_t fresh_batch = 1000;  // of a hundred: as fast with one worker, slower with two
constexpr uint64_t cancel_batch = 100;

awaitable<void> sleep_for(std::chrono::nanoseconds time, std::atomic<uint64_t>& asleep) {
  steady_timer timer(co_await asio::this_coro::executor, time);
  asleep.fetch_add(1, std::memory_order_relaxed);
  co_await timer.async_wait(use_awaitable);
}

template <class Countdown>
awaitable<void> sleep_and_count(milliseconds time, Countdown& c) {
  steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
  c.done();
}

template <bool Alone>
awaitable<void> sleepers(uint64_t tasks, milliseconds time, outcome& o) {
  auto executor = co_await asio::this_coro::executor;
  countdown<Alone> c(tasks);
  for (uint64_t i = 0; i < tasks; ++i)
    spawn(executor, sleep_and_count(time, c), detached);
  co_await c.wait();
  o.tasks += tasks - c.left();
  o.sum += tasks - c.left();
}

awaitable<void> until_equal(const std::atomic<uint64_t>& value, uint64_t wanted) {
  while (value.load(std::memory_order_relaxed) < wanted)
    co_await asio::post(use_awaitable);
}

// `time(i)` tells how long the i-th of them sleeps.
template <class Time>
void hold(runtime& r, uint64_t tasks, Time time) {
  std::atomic<uint64_t> asleep = 0;
  for (uint64_t i = 0; i < tasks; ++i)
    spawn(r.context().get_executor(), sleep_for(time(i), asleep), detached);
  r.run(until_equal(asleep, tasks));
}

awaitable<void> fresh_timers(uint64_t pairs, outcome& o) {
  auto executor = co_await asio::this_coro::executor;
  std::atomic<uint64_t> cancelled = 0;
  for (uint64_t i = 1; i <= pairs; ++i) {
    {
      steady_timer timer(executor, seconds(1));
      timer.async_wait([&](std::error_code error) {
        if (error == asio::error::operation_aborted)
          cancelled.fetch_add(1, std::memory_order_relaxed);
      });
    }
    if (i % fresh_batch == 0) co_await asio::post(use_awaitable);
  }
  co_await until_equal(cancelled, pairs);
  o.sum += cancelled;
}

awaitable<outcome> cancel_random(uint64_t live, uint64_t cancels, uint64_t iterations) {
  auto executor = co_await asio::this_coro::executor;
  std::vector<uint32_t> order = random_order(live, cancels);
  outcome result;
  for (uint64_t k = 0; k < iterations; ++k) {
    std::atomic<uint64_t> cancelled = 0;
    std::vector<steady_timer> timers;
    timers.reserve(live);
    for (uint64_t i = 0; i < live; ++i) {
      timers.emplace_back(executor, spread(i, live));
      timers.back().async_wait([&](std::error_code error) {
        if (error == asio::error::operation_aborted)
          cancelled.fetch_add(1, std::memory_order_relaxed);
      });
    }
    auto start = std::chrono::steady_clock::now();
    for (uint64_t i = 0; i < cancels; ++i) {
      timers[order[i]].cancel();
      if (i % cancel_batch == cancel_batch - 1) co_await asio::post(use_awaitable);
    }
    co_await until_equal(cancelled, cancels);
    result.time += std::chrono::steady_clock::now() - start;
    result.sum += cancelled;
    timers.clear();
    co_await until_equal(cancelled, live);
  }
  co_return result;
}

template <class Executor>
asio::awaitable<void, Executor> ready() {
  co_await asio::dispatch(asio::use_awaitable_t<Executor>());
}

// The operation or the timer: which of the two ends first has the other cancelled. `||` of
// awaitable_operators.hpp says the same, but makes a coroutine of the timer's wait, which its
// cancellation then ends by an exception: three times as long.
template <class Executor, class Countdown>
asio::awaitable<void, Executor> timeouts(uint64_t times, std::atomic<uint64_t>& in_time,
                                         Countdown& c) {
  using asio::experimental::deferred;
  using asio::experimental::make_parallel_group;
  constexpr asio::use_awaitable_t<Executor> use_awaitable;
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor> timer(
      co_await asio::this_coro::executor);
  uint64_t done = 0;
  for (uint64_t i = 0; i < times; ++i) {
    timer.expires_after(seconds(1));
    auto [order, failed, waited] =
        co_await make_parallel_group(co_spawn(timer.get_executor(), ready<Executor>(), deferred),
                                     timer.async_wait(deferred))
            .async_wait(asio::experimental::wait_for_one(), use_awaitable);
    done += order[0] == 0 && !failed;
  }
  in_time.fetch_add(done, std::memory_order_relaxed);
  c.done();
}

// Where several threads run the tasks, each is on a strand: the two may not end at once.
template <bool Alone>
awaitable<void> time_timeout(unsigned workers, uint64_t times, outcome& o) {
  auto executor = co_await asio::this_coro::executor;
  countdown<Alone> c(workers);
  std::atomic<uint64_t> in_time = 0;
  for (unsigned i = 0; i < workers; ++i) {
    if constexpr (Alone)
      spawn(executor, timeouts<executor_type>(times, in_time, c), detached);
    else {
      auto strand = make_strand(executor);
      spawn(strand, timeouts<decltype(strand)>(times, in_time, c), detached);
    }
  }
  co_await c.wait();
  o.tasks += workers - c.left();
  o.sum += in_time;
}

template <bool Alone>
versus::work find_for(const arguments& a, runtime& r) {
  std::string name = a.work();
  if (a.blocked()) return {};
  if (name == "sleepers_1m_bytes")
    return {.run = {},
            .hold = [&r](uint64_t tasks) { hold(r, tasks, [](uint64_t) { return hours(1); }); },
            .release = [&r] { r.restart(); }};
  if (name == "sleepers_1m_seconds")
    return {
        .run =
            [&r, tasks = a.number("tasks"), time = milliseconds(a.number("sleep_ms"))](uint64_t k) {
              return r.run(timed(k, [=](outcome& o) { return sleepers<Alone>(tasks, time, o); }));
            },
        .hold = {},
        .release = {}};
  if (name == "timer_fresh_1m") {
    uint64_t live = a.number("live");
    hold(r, live, [live](uint64_t i) { return spread(i, live); });
    return {.run =
                [&r, pairs = a.number("pairs")](uint64_t k) {
                  return r.run(timed(k, [=](outcome& o) { return fresh_timers(pairs, o); }));
                },
            .hold = {},
            .release = {}};
  }
  if (name == "timer_cancel_random_1m")
    return {.run = [&r, live = a.number("live"), cancels = a.number("cancels")](
                       uint64_t k) { return r.run(cancel_random(live, cancels, k)); },
            .hold = {},
            .release = {}};
  if (name == "time_timeout")
    return {.run =
                [&r, times = a.number("times")](uint64_t k) {
                  return r.run(timed(k, [=, &r](outcome& o) {
                    return time_timeout<Alone>(r.workers(), times, o);
                  }));
                },
            .hold = {},
            .release = {}};
  return {};
}

}  // namespace

versus::work find_timers(const arguments& a, runtime& r) {
  return r.alone() ? find_for<true>(a, r) : find_for<false>(a, r);
}

}  // namespace peer
