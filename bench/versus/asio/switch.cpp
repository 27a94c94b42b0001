// Works that change between tasks: yield_many, ping_pong, request_reply, oneshot, post.

#include <asio/experimental/channel.hpp>
#include <asio/experimental/concurrent_channel.hpp>

#include "runtime.hpp"

namespace peer {

namespace {

template <class Countdown>
awaitable<void> yielding(uint64_t yields, Countdown& c, std::atomic<uint64_t>& sum) {
  for (uint64_t i = 0; i < yields; ++i)
    co_await asio::defer(use_awaitable);
  sum.fetch_add(yields, std::memory_order_relaxed);
  c.done();
}

template <bool Alone, class Countdown>
awaitable<void> ping(Countdown& c, std::atomic<uint64_t>& sum) {
  auto executor = co_await asio::this_coro::executor;
  auto there = std::make_shared<oneshot<Alone>>();
  auto back = std::make_shared<oneshot<Alone>>();
  spawn(
      executor,
      [](std::shared_ptr<oneshot<Alone>> in,
         std::shared_ptr<oneshot<Alone>> out) -> awaitable<void> {
        co_await asio::dispatch(use_awaitable);
        uint64_t value = co_await in->receive();
        out->send(value);
      }(there, back),
      detached);
  there->send(1);
  uint64_t value = co_await back->receive();
  sum.fetch_add(value, std::memory_order_relaxed);
  c.done();
}

template <class Countdown>
void spawn_yielding(const executor_type& executor, uint64_t tasks, uint64_t yields, Countdown& c,
                    std::atomic<uint64_t>& sum) {
  for (uint64_t i = 0; i < tasks; ++i)
    spawn(executor, yielding(yields, c, sum), detached);
}

template <bool Alone, class Countdown>
awaitable<void> spawn_pings(uint64_t pings, Countdown& c, std::atomic<uint64_t>& sum) {
  auto executor = co_await asio::this_coro::executor;
  for (uint64_t i = 0; i < pings; ++i)
    spawn(executor, ping<Alone>(c, sum), detached);
}

template <bool Alone>
versus::work find_yield_or_ping(const arguments& a, runtime& r) {
  bool yields = a.work() == "yield_many";
  uint64_t count = a.number(yields ? "tasks" : "pings");
  uint64_t each = yields ? a.number("yields") : 0;
  return {.run =
              [=, &a, &r](uint64_t k) {
                std::atomic<uint64_t> sum = 0;
                outcome result;
                if (a.blocked()) {
                  result = versus::timed(k, [&](outcome& o) {
                    thread_latch c(r, count);
                    if (yields)
                      spawn_yielding(r.context().get_executor(), count, each, c, sum);
                    else
                      spawn(r.context().get_executor(), spawn_pings<Alone>(count, c, sum),
                            detached);
                    c.wait();
                    o.tasks += yields ? count : 2 * count;
                  });
                } else {
                  result = r.run(timed(k, [&](outcome& o) -> awaitable<void> {
                    auto executor = co_await asio::this_coro::executor;
                    countdown<Alone> c(count);
                    if (yields)
                      spawn_yielding(executor, count, each, c, sum);
                    else
                      co_await spawn_pings<Alone>(count, c, sum);
                    co_await c.wait();
                    o.tasks += (yields ? 1 : 2) * (count - c.left());
                  }));
                }
                result.sum = sum;
                return result;
              },
          .hold = {},
          .release = {}};
}

template <bool Alone>
struct request {
  uint64_t value;
  std::shared_ptr<oneshot<Alone>> reply;
};

template <bool Alone, template <class> class ChannelOf>
awaitable<void> request_reply(uint64_t requests, uint64_t capacity, outcome& o) {
  using requests_channel = ChannelOf<void(std::error_code, request<Alone>)>;
  auto executor = co_await asio::this_coro::executor;
  auto queue = std::make_shared<requests_channel>(executor, capacity);
  auto served = std::make_shared<oneshot<Alone>>();
  spawn(
      executor,
      [](std::shared_ptr<requests_channel> queue, std::shared_ptr<oneshot<Alone>> served,
         uint64_t requests) -> awaitable<void> {
        for (uint64_t i = 0; i < requests; ++i) {
          request<Alone> r = co_await queue->async_receive(use_awaitable);
          r.reply->send(r.value + 1);
        }
        served->send(1);
      }(queue, served, requests),
      detached);
  for (uint64_t i = 0; i < requests; ++i) {
    auto reply = std::make_shared<oneshot<Alone>>();
    request<Alone> question{i, reply};  // named: g++ 12 destroys such temporaries twice
    co_await queue->async_send(std::error_code{}, std::move(question), use_awaitable);
    o.sum += co_await reply->receive();
  }
  o.tasks += co_await served->receive();
}

template <bool Alone>
awaitable<void> oneshots(uint64_t times, outcome& o) {
  for (uint64_t i = 1; i <= times; ++i) {
    oneshot<Alone> c;
    c.send(i);
    o.sum += co_await c.receive();
  }
}

awaitable<void> posts(uint64_t times, outcome& o) {
  for (uint64_t i = 0; i < times; ++i) {
    co_await asio::defer(use_awaitable);
    ++o.sum;
  }
}

template <class Signature>
using local_channel_of = asio::experimental::channel<executor_type, Signature>;
template <class Signature>
using shared_channel_of = asio::experimental::concurrent_channel<executor_type, Signature>;

template <bool Alone, template <class> class ChannelOf>
versus::work find_for(const arguments& a, runtime& r) {
  std::string name = a.work();
  if (name == "yield_many" || name == "ping_pong") return find_yield_or_ping<Alone>(a, r);
  if (name == "request_reply") {
    uint64_t requests = a.number("requests"), capacity = a.number("capacity");
    return {.run =
                [=, &a, &r](uint64_t k) {
                  if (!a.blocked())
                    return r.run(timed(k, [=](outcome& o) {
                      return request_reply<Alone, ChannelOf>(requests, capacity, o);
                    }));
                  return versus::timed(k, [&](outcome& o) {
                    r.run(request_reply<Alone, ChannelOf>(requests, capacity, o));
                  });
                },
            .hold = {},
            .release = {}};
  }
  if (a.blocked()) return {};
  if (name == "oneshot")
    return {.run =
                [times = a.number("times"), &r](uint64_t k) {
                  return r.run(timed(k, [=](outcome& o) { return oneshots<Alone>(times, o); }));
                },
            .hold = {},
            .release = {}};
  if (name == "post")
    return {.run =
                [times = a.number("times"), &r](uint64_t k) {
                  return r.run(timed(k, [=](outcome& o) { return posts(times, o); }));
                },
            .hold = {},
            .release = {}};
  return {};
}

}  // namespace

versus::work find_switch(const arguments& a, runtime& r) {
  return r.alone() ? find_for<true, local_channel_of>(a, r)
                   : find_for<false, shared_channel_of>(a, r);
}

}  // namespace peer
