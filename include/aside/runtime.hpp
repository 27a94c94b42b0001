#pragma once
// Starting a runtime and asking it about itself.

#include <aside/detail/chrono.hpp>
#include <aside/spawn.hpp>

#include <cstddef>
#include <string_view>

namespace aside::inline ASIDE_ABI {

/// How sockets are waited for.
enum class engine_kind : std::uint8_t {
  automatic,  ///< what ASIDE_ENGINE says (epoll or uring), else epoll
  epoll,
  uring,
};

/// A turn in which a task holds its core for more than 10 ms, as the watchdog sees it.
struct held_turn {
  std::source_location task;        ///< where it was spawned, unless it is the main task
  bool main_task = false;           ///< the one that `run` began with
  unsigned core;                    ///< the core's number
  std::chrono::nanoseconds time{};  ///< so far, at least
  int system_call;                  ///< in which it sleeps; negative: it computes
  held_turn(unsigned c, std::chrono::nanoseconds t, int call) noexcept
      : core(c), time(t), system_call(call) {}
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
  /// Whether SIGINT and SIGTERM ask everything to stop (default) or are left alone.
  options& handle_signals(bool yes) noexcept {
    handle_signals_ = yes;
    return *this;
  }
  /// Whether a task that holds its core for more than 10 ms is reported (default). One thread looks
  /// at the cores every 10 ms, every 80 ms while nothing runs; it waits for signals too.
  options& watchdog(bool yes) noexcept {
    watchdog_ = yes;
    return *this;
  }
  /// What is called for such a turn, instead of a line on stderr: after 10 ms, 100 ms, 1 s, … of it. It
  /// runs on the watchdog's thread and must be quick.
  options& on_held(void (*hook)(const held_turn&)) noexcept {
    on_held_ = hook;
    return *this;
  }
  [[nodiscard]] bool watchdog() const noexcept { return watchdog_; }
  [[nodiscard]] auto on_held() const noexcept -> void (*)(const held_turn&) { return on_held_; }
  [[nodiscard]] unsigned workers() const noexcept { return workers_; }
  [[nodiscard]] engine_kind engine() const noexcept { return engine_; }
  [[nodiscard]] bool handle_signals() const noexcept { return handle_signals_; }

 private:
  unsigned workers_ = 0;
  engine_kind engine_ = engine_kind::automatic;
  bool handle_signals_ = true;
  bool watchdog_ = true;
  void (*on_held_)(const held_turn&) = nullptr;
};

/// What the current runtime is. The views live as long as the runtime.
struct runtime_info {
  std::string_view engine;         ///< "epoll" or "uring"
  std::string_view engine_reason;  ///< why that one
  unsigned workers;
  std::size_t live_tasks;       ///< a snapshot, like the following
  std::uint64_t spawned_tasks;  ///< since the start, the main task included
  std::uint64_t ended_tasks;    ///< since the start; those that were stopped included
  std::uint64_t turns;       ///< how often a core has run a task until it waited, yielded or ended
  std::uint64_t held_turns;  ///< of these, how many the watchdog found longer than 10 ms
};

/// The runtime that this task belongs to. Outside of one: aborts.
[[nodiscard]] ASIDE_API runtime_info info();

namespace detail {

template <class F, class... A>
consteval bool may_run() {
  if constexpr (task_like<F>) {
    static_assert(never<F>,
                  "aside: run takes the function and its arguments, not a task: write "
                  "run(f, x) instead of run(f(x))");
    return false;
  } else if constexpr (!callable_with<std::remove_reference_t<F>, A...>) {
    static_assert(never<F>, "aside: run cannot call the function with these arguments");
    return false;
  } else {
    using made = decltype(call(std::declval<F&>(), std::declval<A>()...));
    constexpr bool runs = std::same_as<made, task<void>> || std::same_as<made, task<int>>;
    static_assert(runs,
                  "aside: run needs a function that returns aside::task<> or aside::task<int>");
    return runs;
  }
}

/// Runs until the main task has ended; the others are then stopped and awaited.
ASIDE_API int run_main(const options& o, task_header& main, const int& result);

template <class F>
task<> main_task(F& fn, int& result) {
  if constexpr (std::same_as<decltype(fn()), task<int>>) {
    result = co_await fn();
  } else {
    co_await fn();
    result = 0;
  }
}

}  // namespace detail

/// run(fn, args...): starts a runtime on the calling thread and its workers, runs fn(args...) in it
/// and returns when that has ended and every other task has been stopped and awaited.
///
/// Returns:  what a task<int> gave, 0 for a task<>; 1 when an exception left it, after printing it;
///           128 + the signal when SIGINT or SIGTERM stopped it. A second signal ends the process.
/// Errors:   std::system_error when the runtime cannot start.
template <class F, class... A>
  requires(!std::same_as<std::decay_t<F>, options>)
int run(const options& o, F&& fn, A&&... args) {
  int result = 1;
  if constexpr (detail::may_run<F, A...>()) {
    auto body = [&]() ASIDE_WRAPPER { return detail::call(fn, std::forward<A>(args)...); };
    detail::task_header& main = detail::make_task(
        std::source_location::current(),
        [&body, &result]() ASIDE_WRAPPER { return detail::main_task(body, result); });
    return detail::run_main(o, main, result);
  }
  return result;
}
template <class F, class... A>
  requires(!std::same_as<std::decay_t<F>, options>)
int run(F&& fn, A&&... args) {
  return run(options(), std::forward<F>(fn), std::forward<A>(args)...);
}

}  // namespace aside::inline ASIDE_ABI
