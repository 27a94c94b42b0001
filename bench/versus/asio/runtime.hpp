#pragma once

#include <asio.hpp>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "../common/tasks.hpp"

namespace peer {

using asio::co_spawn;
using asio::detached;
using std::uint64_t;
using versus::arguments;
using versus::outcome;

// Asio's types for this executor alone: by default they are for any, which costs indirect calls.
using executor_type = asio::io_context::executor_type;
template <class Result>
using awaitable = asio::awaitable<Result, executor_type>;
constexpr asio::use_awaitable_t<executor_type> use_awaitable;

// One io_context. With one worker the calling thread runs it, and Asio is told that no other thread
// uses it; else `workers` threads run it, and the calling thread only waits.
class runtime {
 public:
  explicit runtime(const arguments& a)
      : alone_(a.workers() == 1 && !a.blocked()), workers_(a.workers()) {
    start();
  }
  ~runtime() { stop(); }

  asio::io_context& context() { return *context_; }
  bool alone() const { return alone_; }
  unsigned workers() const { return workers_; }

  // Runs `main` as a task and waits for it.
  template <class Result>
  Result run(awaitable<Result> main);

  // What still waits is destroyed; then everything is new.
  void restart() {
    stop();
    start();
  }

 private:
  void start() {
    context_.emplace(alone_ ? ASIO_CONCURRENCY_HINT_UNSAFE : static_cast<int>(workers_));
    guard_.emplace(context_->get_executor());
    for (unsigned i = 0; !alone_ && i < workers_; ++i)
      threads_.emplace_back([this] { context_->run(); });
  }

  void stop() {
    context_->stop();
    for (auto& thread : threads_)
      thread.join();
    threads_.clear();
    guard_.reset();
    context_.reset();
  }

  bool alone_;
  unsigned workers_;
  std::optional<asio::io_context> context_;
  std::optional<asio::executor_work_guard<executor_type>> guard_;
  std::vector<std::thread> threads_;
};

// co_spawn runs the new task on the stack of its caller until it first waits. These works are about
// tasks that wait their turn, so each is queued: deferred, which from a task means that it is
// handed over, without a lock for each, when that task waits itself. co_spawn queues a task that
// has ended without a wait once more, for its completion; so those that would not wait begin with
// a dispatch, which they pass at once.
template <class Executor, class Result, class Handler>
void spawn(const Executor& executor, asio::awaitable<Result, Executor> task, Handler handler) {
  asio::defer(executor, [executor, task = std::move(task), handler = std::move(handler)]() mutable {
    co_spawn(executor, std::move(task), std::move(handler));
  });
}

// The calling thread waits for so many tasks; alone, it runs them meanwhile.
class thread_latch {
 public:
  thread_latch(runtime& r, uint64_t count) : runtime_(r), left_(count) {}

  void done() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (runtime_.alone()) return runtime_.context().stop();
    std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }

  void wait() {
    if (runtime_.alone()) {
      runtime_.context().restart();
      runtime_.context().run();
    } else {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ended_; });
    }
  }

 private:
  runtime& runtime_;
  std::atomic<uint64_t> left_;
  bool ended_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

template <class Result>
Result runtime::run(awaitable<Result> main) {
  thread_latch ended(*this, 1);
  std::exception_ptr failure;
  if constexpr (std::is_void_v<Result>) {
    spawn(context_->get_executor(), std::move(main), [&](std::exception_ptr e) {
      failure = e;
      ended.done();
    });
    ended.wait();
    if (failure) std::rethrow_exception(failure);
  } else {
    Result result;
    spawn(context_->get_executor(), std::move(main), [&](std::exception_ptr e, Result r) {
      failure = e;
      result = std::move(r);
      ended.done();
    });
    ended.wait();
    if (failure) std::rethrow_exception(failure);
    return result;
  }
}

// Asio has no oneshot, and its channels are dear where they live for one value: they stand in a
// list under a mutex and have a std::deque (one of void() has none, but cannot be awaited in 1.22).
// So this is an asynchronous operation of our own, as Asio's
// documentation has them. `Alone`: one thread runs the tasks.
template <bool Alone>
class oneshot {
 public:
  void send(uint64_t value) {
    value_ = value;
    if (comes_second()) resume();
  }

  awaitable<uint64_t> receive() {
    if (!one_came_) co_await async_wait(use_awaitable);
    co_return value_;
  }

 private:
  using handler_type =
      asio::async_result<asio::use_awaitable_t<executor_type>, void()>::handler_type;

  template <class Token>
  auto async_wait(Token&& token) {
    auto initiate = [this](handler_type handler) {
      handler_.emplace(std::move(handler));
      if (comes_second()) resume();
    };
    return asio::async_initiate<Token, void()>(initiate, token);
  }

  bool comes_second() {
    if constexpr (Alone)
      return std::exchange(one_came_, true);
    else
      return one_came_.exchange(true, std::memory_order_acq_rel);
  }
  void resume() { asio::defer(handler_type(std::move(*handler_))); }

  std::conditional_t<Alone, bool, std::atomic<bool>> one_came_ = false;  // sender or receiver
  uint64_t value_ = 0;
  std::optional<handler_type> handler_;
};

// Counts tasks down; the last one signals.
template <bool Alone>
class countdown {
 public:
  explicit countdown(uint64_t count) : left_(count) {}

  void done() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) ended_.send(0);
  }
  awaitable<void> wait() { co_await ended_.receive(); }
  uint64_t left() const { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> left_;
  oneshot<Alone> ended_;
};

// Awaits `once(outcome&)` so many times and takes the time of all.
template <class Once>
awaitable<outcome> timed(uint64_t iterations, Once once) {
  outcome result;
  auto start = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < iterations; ++i)
    co_await once(result);
  result.time = std::chrono::steady_clock::now() - start;
  co_return result;
}

// One file each; an empty work when the name is not theirs.
versus::work find_spawn(const arguments& a, runtime& r);
versus::work find_switch(const arguments& a, runtime& r);
versus::work find_timers(const arguments& a, runtime& r);

}  // namespace peer
