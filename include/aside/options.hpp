#pragma once
// How a runtime is set up, and what it says about itself.

#include <aside/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aside::inline ASIDE_ABI {

/// How sockets are waited for.
enum class engine_kind : std::uint8_t {
  automatic,  ///< what ASIDE_ENGINE says (epoll or uring), else epoll
  epoll,
  uring,
};

/// How a runtime is set up. Everything has a default.
class options {
 public:
  options() = default;
  /// Cores, each driven by one OS thread. 0: the CPUs that affinity and cgroup quota leave us.
  options& workers(unsigned n) noexcept {
    workers_ = n;
    return *this;
  }
  options& engine(engine_kind e) noexcept {
    engine_ = e;
    return *this;
  }
  /// Whether SIGINT and SIGTERM ask everything to stop (default) or are left alone. For `run` only:
  /// a `runtime` never touches signals.
  options& handle_signals(bool yes) noexcept {
    handle_signals_ = yes;
    return *this;
  }
  /// Whether a thread in runtime::block_on also runs other tasks while it waits (default), or only
  /// its own.
  options& block_on_runs_tasks(bool yes) noexcept {
    block_on_runs_tasks_ = yes;
    return *this;
  }
  [[nodiscard]] unsigned workers() const noexcept { return workers_; }
  [[nodiscard]] engine_kind engine() const noexcept { return engine_; }
  [[nodiscard]] bool handle_signals() const noexcept { return handle_signals_; }
  [[nodiscard]] bool block_on_runs_tasks() const noexcept { return block_on_runs_tasks_; }

 private:
  unsigned workers_ = 0;
  engine_kind engine_ = engine_kind::automatic;
  bool handle_signals_ = true;
  bool block_on_runs_tasks_ = true;
};

/// What the current runtime is. The views live as long as the runtime.
struct runtime_info {
  std::string_view engine;         ///< "epoll" or "uring"
  std::string_view engine_reason;  ///< why that one
  unsigned workers;
  std::size_t live_tasks;       ///< a snapshot, like the following
  std::uint64_t spawned_tasks;  ///< since the start, the main task included
  std::uint64_t ended_tasks;    ///< since the start; those that were stopped included
  std::uint64_t turns;  ///< how often a core has run a task until it waited, yielded or ended
};

/// The runtime that this task belongs to. Outside of one: aborts.
[[nodiscard]] ASIDE_API runtime_info info();

}  // namespace aside::inline ASIDE_ABI
