#pragma once
// Waiting for a time.

#include <aside/detail/chrono.hpp>
#include <aside/task.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

struct timer_node;

template <class Rep, class Period>
clock::time_point deadline_after(std::chrono::duration<Rep, Period> d,
                                 clock::time_point now = clock_now()) {
  if (!(d > d.zero())) return now;  // so that what is no number is over at once
  const auto time = within<clock::duration>(d);
  constexpr clock::time_point end = clock::time_point::max();
  return time < end - now ? now + time : end;
}

template <class T>
inline constexpr bool steady_time = std::convertible_to<T, clock::time_point>;
template <class Duration>
inline constexpr bool steady_time<std::chrono::time_point<clock, Duration>> = true;

class ASIDE_AWAIT_IT sleep_op : public leaf_awaiter<sleep_op> {
 public:
  ASIDE_API explicit sleep_op(clock::time_point deadline) noexcept;
  [[nodiscard]] bool attempt() const noexcept { return false; }
  void await_resume() const noexcept {}

  // Which of the two, `ops_` says: a flag of its own would cost eight bytes of every frame.
  union {
    clock::time_point deadline_;
    timer_node* node_;
  };
};

ASIDE_API extern const leaf_ops yield_ops;

class ASIDE_AWAIT_IT yield_op : public leaf_awaiter<yield_op> {
 public:
  yield_op() noexcept : leaf_awaiter(yield_ops) {}
  bool await_ready() noexcept {
    at_->task_->mood_ = task_mood::yielding;
    return false;
  }
  [[nodiscard]] bool attempt() const noexcept { return true; }
  void await_resume() const noexcept {}
};

}  // namespace detail

/// Waits until `at`. Completes at the first tick (about 1 ms) at or after it; a time whose tick is over
/// completes at once, as far as the turn's budget allows. Stopping: ends the wait at once. Cost: O(1), no
/// allocation in the steady state.
inline detail::sleep_op sleep_until(std::chrono::steady_clock::time_point at) noexcept {
  return detail::sleep_op(at);
}
template <class T>
  requires(!detail::steady_time<T>)
detail::sleep_op sleep_until(const T&) noexcept {
  static_assert(detail::never<T>,
                "aside: sleep_until takes a time of std::chrono::steady_clock: write "
                "sleep_until(std::chrono::steady_clock::now() + d), or sleep_for(d)");
  return detail::sleep_op(detail::clock::time_point());
}
template <class Duration>
detail::sleep_op sleep_until(std::chrono::time_point<std::chrono::steady_clock, Duration> at) {
  return sleep_until(std::chrono::steady_clock::time_point(
      detail::within<detail::clock::duration>(at.time_since_epoch())));
}
template <class Rep, class Period>
detail::sleep_op sleep_for(std::chrono::duration<Rep, Period> d) {
  return detail::sleep_op(detail::deadline_after(d));
}
template <class T>
  requires(!detail::duration_like<T>)
detail::sleep_op sleep_for(const T&) noexcept {
  static_assert(detail::never<T>,
                "aside: sleep_for takes a duration, which has a unit: write sleep_for(5ms), after "
                "using namespace std::chrono_literals; up to a time, sleep_until(t)");
  return detail::sleep_op(detail::clock::time_point());
}

/// Lets the other ready tasks of this core run first. Stopping: ends there.
inline detail::yield_op yield() noexcept { return {}; }

}  // namespace aside::inline ASIDE_ABI
