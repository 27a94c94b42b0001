// Works with timers: sleepers_*, timer_*.

#include "runtime.hpp"

namespace peer {

namespace {

using asio::steady_timer;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A cancelled timer's handler still has to be run; this often it gets the chance.
constexpr uint64_t batch = 1000;

class random {
 public:
  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  uint32_t state_ = 1;
};

seconds some_time(random& r) { return seconds(10 + r.next() % 3591); }

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

template <class Channel>
awaitable<void> sleepers(uint64_t tasks, milliseconds time, outcome& o) {
  auto executor = co_await asio::this_coro::executor;
  countdown<Channel> c(executor, tasks);
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

// `next(random&)` tells how long each of them sleeps.
template <class Next>
void hold(runtime& r, uint64_t tasks, Next next) {
  std::atomic<uint64_t> asleep = 0;
  random some;
  for (uint64_t i = 0; i < tasks; ++i)
    spawn(r.context().get_executor(), sleep_for(next(some), asleep), detached);
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
    if (i % batch == 0) co_await asio::post(use_awaitable);
  }
  co_await until_equal(cancelled, pairs);
  o.sum += cancelled;
}

awaitable<outcome> cancel_random(uint64_t live, uint64_t cancels, uint64_t iterations) {
  auto executor = co_await asio::this_coro::executor;
  outcome result;
  for (uint64_t k = 0; k < iterations; ++k) {
    random some;
    std::atomic<uint64_t> cancelled = 0;
    std::vector<steady_timer> timers;
    std::vector<uint32_t> order;
    for (uint64_t i = 0; i < live; ++i) {
      order.push_back(static_cast<uint32_t>(i));
      timers.emplace_back(executor, some_time(some));
      timers.back().async_wait([&](std::error_code error) {
        if (error == asio::error::operation_aborted)
          cancelled.fetch_add(1, std::memory_order_relaxed);
      });
    }
    for (uint64_t i = live; i > 1; --i)
      std::swap(order[i - 1], order[some.next() % i]);
    auto start = std::chrono::steady_clock::now();
    for (uint64_t i = 0; i < cancels; ++i) {
      timers[order[i]].cancel();
      if (i % batch == batch - 1) co_await asio::post(use_awaitable);
    }
    co_await until_equal(cancelled, cancels);
    result.time += std::chrono::steady_clock::now() - start;
    result.sum += cancelled;
    timers.clear();
    co_await until_equal(cancelled, live);
  }
  co_return result;
}

template <class Channel>
versus::work find_for(const arguments& a, runtime& r) {
  std::string name = a.work();
  if (a.blocked()) return {};
  if (name == "sleepers_1m_bytes")
    return {.run = {},
            .hold = [&r](uint64_t tasks) { hold(r, tasks, [](random&) { return hours(1); }); },
            .release = [&r] { r.restart(); }};
  if (name == "sleepers_1m_seconds")
    return {
        .run =
            [&r, tasks = a.number("tasks"), time = milliseconds(a.number("sleep_ms"))](uint64_t k) {
              return r.run(timed(k, [=](outcome& o) { return sleepers<Channel>(tasks, time, o); }));
            },
        .hold = {},
        .release = {}};
  if (name == "timer_fresh_1m") {
    hold(r, a.number("live"), some_time);
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
  return {};
}

}  // namespace

versus::work find_timers(const arguments& a, runtime& r) {
  return r.alone() ? find_for<local_channel>(a, r) : find_for<shared_channel>(a, r);
}

}  // namespace peer
