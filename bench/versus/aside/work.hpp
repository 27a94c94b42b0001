#pragma once
// The works of the group `tasks`. A natural one is an iteration inside a task; a remote one as well,
// beside threads of a runtime object that it is spawned into; a blocked one is called on a thread that
// runs no tasks, which blocks until the work is over.

#include "protocol.hpp"

#include <aside/aside.hpp>

#include <atomic>
#include <memory>
#include <semaphore>

namespace versus {

using natural_work = aside::task<>(const parameters& p, answer& a);
using remote_work = aside::task<>(const aside::runtime_handle& rt, const parameters& p, answer& a);
using blocked_work = void(aside::runtime& rt, const parameters& p, answer& a);

natural_work spawn_many_local, chained_spawn, ping_pong, skynet;
natural_work yield_many, post, oneshot_in_one_task, sleepers_1m_seconds;
natural_work time_timeout, timer_fresh_1m, timer_cancel_random_1m;
remote_work spawn_many_remote;
blocked_work spawn_many_local_blocked, spawn_many_remote_blocked, chained_spawn_blocked;
blocked_work ping_pong_blocked, yield_many_blocked;

/// Spawns `count` sleepers and answers the driver's hold and release.
aside::task<> hold_sleepers(std::uint64_t count);

/// Tasks that keep the workers busy while a work is measured.
enum class background : std::uint8_t { none, yielding, respawning };

class busy_tasks {
 public:
  void start(const parameters& p, background kind, const auto& spawn) {
    const std::uint64_t workers = p.number("workers");
    const std::chrono::microseconds stall(p.number("stall_us", 0));
    if (kind == background::yielding)
      for (std::uint64_t i = 0; i < 2 * workers; ++i)
        spawn(&busy_tasks::yield_and_spin, shared_, stall);
    if (kind == background::respawning)
      for (std::uint64_t i = 0; i < workers; ++i)
        spawn(&busy_tasks::spin_and_respawn, shared_, stall);
  }
  void stop() { shared_->busy.store(false, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t stalls() const {
    return shared_->stalls.load(std::memory_order_relaxed);
  }

 private:
  struct shared {
    std::atomic<bool> busy{true};
    std::atomic<std::uint64_t> stalls{0};
    void spin(std::chrono::microseconds time);
  };
  using pointer = std::shared_ptr<shared>;
  static aside::task<> yield_and_spin(pointer with, std::chrono::microseconds stall);
  static aside::task<> spin_and_respawn(pointer with, std::chrono::microseconds stall);
  pointer shared_ = std::make_shared<shared>();
};

/// Counts down; the last one lets the waiting task, or thread, go on.
template <class Signal>
class countdown {
 public:
  explicit countdown(std::uint64_t from) : left_(from) {}
  void one_less() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_.release();
  }
  [[nodiscard]] std::uint64_t left() const { return left_.load(std::memory_order_relaxed); }
  auto wait() { return done_.acquire(); }

 private:
  std::atomic<std::uint64_t> left_;
  Signal done_;
};

struct task_signal {
  aside::event e;
  void release() { e.set(); }
  auto acquire() { return e.wait(); }
};
struct thread_signal {
  std::binary_semaphore s{0};
  void release() { s.release(); }
  void acquire() { s.acquire(); }
};

}  // namespace versus

template <class Signal>
inline constexpr bool aside::shareable<versus::countdown<Signal>> = true;
