// spawn_many_local, spawn_many_remote_*, chained_spawn, skynet_1m

#include "work.hpp"

#include <functional>
#include <future>
#include <vector>

namespace versus {

using aside::nursery;
using aside::task;

namespace {

template <class Signal>
task<> decrement(std::shared_ptr<countdown<Signal>> left) {
  left->one_less();
  co_return;
}

task<std::uint64_t> one() { co_return 1; }

/// `end` is told how many ran: an aside::oneshot_sender, or what tells a thread.
template <class End>
task<> chain(End end, std::uint64_t left, std::uint64_t ran) {
  if (left == 1)
    end.set(ran + 1);
  else
    aside::spawn(&chain<End>, std::move(end), left - 1, ran + 1);
  co_return;
}

struct thread_oneshot {
  std::shared_ptr<std::promise<std::uint64_t>> to;
  void set(std::uint64_t value) const { to->set_value(value); }
};

task<std::uint64_t> skynet_node(std::uint64_t number, std::uint64_t leaves, std::uint64_t fan,
                                std::atomic<std::uint64_t>& nodes) {
  if (leaves == 1) co_return number;
  std::vector<aside::join_handle<std::uint64_t>> children;
  children.reserve(fan);
  co_return co_await aside::scope([&](nursery& n) -> task<std::uint64_t> {
    const std::uint64_t each = leaves / fan;
    for (std::uint64_t i = 0; i < fan; ++i)
      children.push_back(
          n.spawn_joinable(&skynet_node, number + i * each, each, fan, std::ref(nodes)));
    std::uint64_t sum = 0;
    for (auto& child : children) {
      const std::uint64_t part = co_await child.join();
      sum += part;
    }
    nodes.fetch_add(fan, std::memory_order_relaxed);
    co_return sum;
  });
}

using ones = std::vector<aside::join_handle<std::uint64_t>>;

task<std::uint64_t> sum_of(ones& handles) {
  std::uint64_t sum = 0;
  for (auto& handle : handles) {
    const std::uint64_t part = co_await handle.join();
    sum += part;
  }
  handles.clear();
  co_return sum;
}

/// On a thread that runs no tasks.
ones spawn_ones(const auto& spawn_joinable, ones handles, std::uint64_t tasks) {
  for (std::uint64_t i = 0; i < tasks; ++i)
    handles.push_back(spawn_joinable(&one));
  return handles;
}

ones spawn_ones_from_outside(aside::runtime_handle rt, ones handles, std::uint64_t tasks) {
  return spawn_ones(rt.spawn_joinable, std::move(handles), tasks);
}

}  // namespace

void busy_tasks::shared::spin(std::chrono::microseconds time) {
  const stopwatch timer;
  while (timer.ns() < static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count())) {
  }
  stalls.fetch_add(1, std::memory_order_relaxed);
}

task<> busy_tasks::yield_and_spin(pointer with, std::chrono::microseconds stall) {
  while (with->busy.load(std::memory_order_relaxed)) {
    co_await aside::yield();
    with->spin(stall);
  }
}

task<> busy_tasks::spin_and_respawn(pointer with, std::chrono::microseconds stall) {
  with->spin(stall);
  if (with->busy.load(std::memory_order_relaxed))
    aside::spawn(&busy_tasks::spin_and_respawn, std::move(with), stall);
  co_return;
}

task<> spawn_many_local(const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const stopwatch timer;
  auto left = std::make_shared<countdown<task_signal>>(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i)
    aside::spawn(&decrement<task_signal>, left);
  co_await left->wait();
  a.ns += timer.ns();
  a.tasks += tasks - left->left();
}

void spawn_many_local_blocked(aside::runtime& rt, const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const stopwatch timer;
  auto left = std::make_shared<countdown<thread_signal>>(tasks);
  rt.block_on([&]() -> task<> {
    for (std::uint64_t i = 0; i < tasks; ++i)
      aside::spawn(&decrement<thread_signal>, left);
    left->wait();  // blocks the thread, as the work wants it
    co_return;
  });
  a.ns += timer.ns();
  a.tasks += tasks - left->left();
}

task<> spawn_many_remote(const aside::runtime_handle& rt, const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  ones handles;
  handles.reserve(tasks);
  const stopwatch timer;
  handles = co_await aside::blocking(&spawn_ones_from_outside, rt, std::move(handles), tasks);
  const std::uint64_t sum = co_await sum_of(handles);
  a.ns += timer.ns();
  a.tasks += sum;
  a.sum += sum;
}

void spawn_many_remote_blocked(aside::runtime& rt, const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  ones handles;
  handles.reserve(tasks);
  const stopwatch timer;
  handles = spawn_ones(rt.spawn_joinable, std::move(handles), tasks);
  const std::uint64_t sum = rt.block_on(&sum_of, std::ref(handles));
  a.ns += timer.ns();
  a.tasks += sum;
  a.sum += sum;
}

task<> chained_spawn(const parameters& p, answer& a) {
  const std::uint64_t depth = p.number("depth");
  const stopwatch timer;
  auto [end, ended] = aside::oneshot<std::uint64_t>();
  aside::spawn(&chain<decltype(end)>, std::move(end), depth, std::uint64_t{0});
  const std::uint64_t ran = co_await ended;
  a.ns += timer.ns();
  a.tasks += ran;
}

void chained_spawn_blocked(aside::runtime& rt, const parameters& p, answer& a) {
  const std::uint64_t depth = p.number("depth");
  const stopwatch timer;
  const thread_oneshot end{std::make_shared<std::promise<std::uint64_t>>()};
  auto ended = end.to->get_future();
  std::uint64_t ran = 0;
  rt.block_on([&]() -> task<> {
    aside::spawn(&chain<thread_oneshot>, end, depth, std::uint64_t{0});
    ran = ended.get();  // blocks the thread, as the work wants it
    co_return;
  });
  a.ns += timer.ns();
  a.tasks += ran;
}

task<> skynet(const parameters& p, answer& a) {
  const std::uint64_t leaves = p.number("leaves");
  const std::uint64_t fan = p.number("fan");
  const stopwatch timer;
  std::atomic<std::uint64_t> nodes{1};
  std::uint64_t sum = 0;
  co_await aside::scope([&](nursery& n) -> task<> {
    auto root = n.spawn_joinable(&skynet_node, std::uint64_t{0}, leaves, fan, std::ref(nodes));
    sum = co_await root.join();
  });
  a.ns += timer.ns();
  a.tasks += nodes.load();
  a.sum += sum;
}

}  // namespace versus
