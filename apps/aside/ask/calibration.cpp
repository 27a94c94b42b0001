#include "ask/calibration.hpp"

#include <aside/aside.hpp>

#include <malloc.h>
#include <unistd.h>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "measure/memory.hpp"
#include "system/run_tasks.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t tasks = 4'096;
constexpr std::size_t threads = 64;

double held() { return static_cast<double>(private_bytes(getpid())); }

aside::task<> wait_long() { co_await aside::sleep_for(std::chrono::hours{1}); }

aside::task<> grow(aside::nursery& into, double& bytes) {
  // The first ones pay for the blocks that all share.
  for (std::size_t i = 0; i < tasks / 8; ++i)
    into.spawn(wait_long);
  co_await aside::sleep_for(std::chrono::milliseconds{1});
  const double before = held();
  for (std::size_t i = 0; i < tasks; ++i)
    into.spawn(wait_long);
  co_await aside::sleep_for(std::chrono::milliseconds{5});
  bytes = (held() - before) / static_cast<double>(tasks);
  into.request_stop();
}

aside::task<> measure_tasks(double& bytes) {
  co_await aside::scope([&](aside::nursery& n) -> aside::task<> { co_await grow(n, bytes); });
}

/// Threads that wait until it is destroyed, those that were begun before one could not be, too.
class waiting_threads {
 public:
  waiting_threads() = default;
  waiting_threads(const waiting_threads&) = delete;
  waiting_threads& operator=(const waiting_threads&) = delete;
  ~waiting_threads() {
    {
      const std::lock_guard lock{guard_};
      over_ = true;
    }
    change_.notify_all();
    for (auto& each : all_)
      each.join();
  }

  /// Throws std::system_error where there may be no further thread.
  void add() {
    all_.emplace_back([this] {
      std::unique_lock mine{guard_};
      ++waiting_;
      change_.notify_all();
      change_.wait(mine, [this] { return over_; });
    });
  }

  void await_all() {
    std::unique_lock lock{guard_};
    change_.wait(lock, [this] { return waiting_ == all_.size(); });
  }

 private:
  std::mutex guard_;
  std::condition_variable change_;
  std::size_t waiting_ = 0;
  bool over_ = false;
  std::vector<std::thread> all_;
};

double thread_bytes() {
  const double before = held();
  waiting_threads some;
  for (std::size_t i = 0; i < threads; ++i)
    some.add();
  some.await_all();
  return (held() - before) / static_cast<double>(threads);
}

}  // namespace

waiting_cost measured_cost() noexcept {
  waiting_cost cost;
  try {
    // What has been freed and kept would take the new in, and they would seem to hold nothing.
    malloc_trim(0);
    const double of_thread = thread_bytes();
    double of_task = 0;
    run_tasks(runtime_options("epoll", 1),
              [&]() -> aside::task<> { co_await measure_tasks(of_task); });
    if (of_thread > 1'000 && of_task > 16 && of_task < of_thread) {
      cost.thread_user = of_thread;
      cost.task = of_task;
      cost.calibrated = true;
    }
  } catch (const std::exception&) {
    cost.calibrated =
        false;  // no memory, threads or files for it: the usual values stand, and say so
  }
  return cost;
}

}  // namespace aside_app::ask
