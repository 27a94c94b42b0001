// yield_many, post

#include "work.hpp"

#include <functional>

namespace versus {

using aside::task;

namespace {

template <class Signal>
struct table {
  explicit table(std::uint64_t tasks) : left(tasks) {}
  countdown<Signal> left;
  std::atomic<std::uint64_t> yields{0};
};

template <class Signal>
task<> yielder(std::shared_ptr<table<Signal>> t, std::uint64_t times) {
  std::uint64_t done = 0;
  for (; done < times; ++done)
    co_await aside::yield();
  t->yields.fetch_add(done, std::memory_order_relaxed);
  t->left.one_less();
}

}  // namespace

task<> yield_many(const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const stopwatch timer;
  auto t = std::make_shared<table<task_signal>>(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i)
    aside::spawn(&yielder<task_signal>, t, p.number("yields"));
  co_await t->left.wait();
  a.ns += timer.ns();
  a.tasks += tasks - t->left.left();
  a.sum += t->yields.load();
}

void yield_many_blocked(aside::runtime& rt, const parameters& p, answer& a) {
  const std::uint64_t tasks = p.number("tasks");
  const stopwatch timer;
  auto t = std::make_shared<table<thread_signal>>(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i)
    rt.spawn(&yielder<thread_signal>, t, p.number("yields"));
  t->left.wait();
  a.ns += timer.ns();
  a.tasks += tasks - t->left.left();
  a.sum += t->yields.load();
}

task<> post(const parameters& p, answer& a) {
  const std::uint64_t times = p.number("times");
  std::uint64_t done = 0;
  const stopwatch timer;
  for (; done < times; ++done)
    co_await aside::yield();
  a.ns += timer.ns();
  a.sum += done;
}

}  // namespace versus
