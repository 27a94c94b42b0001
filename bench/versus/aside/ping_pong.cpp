// ping_pong, oneshot

#include "work.hpp"

#include <functional>

namespace versus {

using aside::nursery;
using aside::task;

namespace {

using sender = aside::oneshot_sender<int>;
using receiver = aside::oneshot_receiver<int>;

task<> pong(receiver ping, sender answer) {
  const int got = co_await ping;
  answer.set(got);
}

template <class Signal>
struct table {
  explicit table(std::uint64_t pings) : left(pings) {}
  countdown<Signal> left;
  std::atomic<std::uint64_t> answers{0};
};

template <class Signal>
task<> ping(std::shared_ptr<table<Signal>> t) {
  auto [to_pong, at_pong] = aside::oneshot<int>();
  auto [to_ping, at_ping] = aside::oneshot<int>();
  aside::spawn(&pong, std::move(at_pong), std::move(to_ping));
  to_pong.set(1);
  const int got = co_await at_ping;
  t->answers.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
  t->left.one_less();
}

template <class Signal>
task<> spawn_pings(std::shared_ptr<table<Signal>> t, std::uint64_t pings) {
  for (std::uint64_t i = 0; i < pings; ++i)
    aside::spawn(&ping<Signal>, t);
  co_return;
}

}  // namespace

task<> ping_pong(const parameters& p, answer& a) {
  const std::uint64_t pings = p.number("pings");
  const stopwatch timer;
  auto t = std::make_shared<table<task_signal>>(pings);
  aside::spawn(&spawn_pings<task_signal>, t, pings);
  co_await t->left.wait();
  a.ns += timer.ns();
  a.tasks += 2 * t->answers.load();
  a.sum += t->answers.load();
}

void ping_pong_blocked(aside::runtime& rt, const parameters& p, answer& a) {
  const std::uint64_t pings = p.number("pings");
  const stopwatch timer;
  auto t = std::make_shared<table<thread_signal>>(pings);
  rt.spawn(&spawn_pings<thread_signal>, t, pings);
  t->left.wait();
  a.ns += timer.ns();
  a.tasks += 2 * t->answers.load();
  a.sum += t->answers.load();
}

task<> oneshot_in_one_task(const parameters& p, answer& a) {
  const std::uint64_t times = p.number("times");
  std::uint64_t sum = 0;
  const stopwatch timer;
  for (std::uint64_t i = 1; i <= times; ++i) {
    auto [send, receive] = aside::oneshot<std::uint64_t>();
    send.set(i);
    const std::uint64_t got = co_await receive;
    sum += got;
  }
  a.ns += timer.ns();
  a.sum += sum;
}

}  // namespace versus
