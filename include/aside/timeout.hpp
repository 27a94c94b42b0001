#pragma once
// A limit to how long something may take.

#include <aside/detail/combined.hpp>
#include <aside/detail/deadline.hpp>
#include <aside/sleep.hpp>

#include <expected>

namespace aside::inline ASIDE_ABI {

/// The error of a `timeout` whose time was over.
struct timed_out {
  friend bool operator==(timed_out, timed_out) = default;
};

namespace detail {

template <class T>
class [[nodiscard]] timeout_awaiter : public catching_awaiter {
 public:
  timeout_awaiter(promise_base* self, outcome_slot<T>* child, clock::time_point at) noexcept
      : catching_awaiter(self, child, &on_stopped), at_(at) {}
  ~timeout_awaiter() {
    if (running_) leave();
  }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) {
    task_header& t = *self_->task_;
    timer_.arm(at_, t, limit_);
    limit_.parent_ = t.stop_;
    t.stop_ = &limit_;
    running_ = true;
    return start();
  }
  std::expected<in_expected<T>, timed_out> await_resume() {
    leave();
    if (stopped_) return std::unexpected(timed_out());
    struct end {
      timeout_awaiter* me;
      ~end() { me->destroy_child(); }
    } at_end{this};
    auto* child = static_cast<outcome_slot<T>*>(child_);
    if constexpr (std::is_void_v<T>) {
      child->take();
      return {};
    } else {
      return take_for_expected(*child);
    }
  }

 private:
  static bool on_stopped(catching_awaiter& a) noexcept {
    auto& me = static_cast<timeout_awaiter&>(a);
    const bool over = me.limit_.requested_.load(memory_order_acquire);  // pairs with request()
    if (!over || (me.limit_.parent_ != nullptr && me.limit_.parent_->requested())) return false;
    me.stopped_ = true;
    return true;
  }
  void leave() noexcept {
    timer_.disarm();
    self_->task_->stop_ = limit_.parent_;
    running_ = false;
  }

  clock::time_point at_;
  stop_state limit_;
  deadline_timer timer_;
  bool running_ = false;
};

/// For limits that are long beside it, the coarse clock and the 5 ms that it is behind.
template <class Rep, class Period>
clock::time_point limit_after(std::chrono::duration<Rep, Period> d) {
  using namespace std::chrono_literals;
  constexpr std::chrono::duration<double> far = 256ms;
  return std::chrono::duration<double>(d) < far ? deadline_after(d)
                                                : deadline_after(d, clock_coarse_now() + 5ms);
}

template <class T>
class timeout_parts {
 public:
  timeout_parts(unstarted<T> t, clock::time_point at) noexcept : child_(std::move(t)), at_(at) {}
  timeout_awaiter<T> bind(promise_base& self) && noexcept { return {&self, child_.release(), at_}; }

 private:
  unstarted<T> child_;
  clock::time_point at_;
};
}  // namespace detail

/// co_await timeout(d, f(x)): f's value (a pointer, when that is a reference), or timed_out when it took
/// longer than `d`.
///
/// The time is kept to about 1 ms; from 256 ms on to about 5 ms, which may be too early.
/// When the time is over f is asked to stop and awaited: its destructors have run when this returns.
/// A value that f still delivers wins over the timeout, so nothing is lost. What f threw is
/// rethrown. A stop from outside travels on outwards. Runs in the same task: nothing is parallel.
/// Awaited in the expression that makes it, like a task: it cannot be stored or moved.
template <class Rep, class Period, class T>
detail::combined<detail::timeout_parts<T>> timeout(std::chrono::duration<Rep, Period> d,
                                                   task<T> t) {
  return detail::combined<detail::timeout_parts<T>>(
      detail::timeout_parts<T>(detail::unstarted<T>(t), detail::limit_after(d)));
}
template <class Rep, class Period, class F>
  requires(!detail::is_task<std::remove_cvref_t<F>>)
auto timeout(std::chrono::duration<Rep, Period> d, F&&) {
  using given = std::remove_cvref_t<F>;
  if constexpr (detail::combinator<given> && !detail::leaf_operation<given> &&
                !detail::bindable<given>)
    static_assert(sizeof(d) == 0,
                  "aside: timeout takes a task: put all, race, shield and the like into one: "
                  "timeout(d, [&]() -> task<> { co_await all(f(), g()); }())");
  else
    static_assert(sizeof(d) == 0,
                  "aside: timeout takes a task, the call of a coroutine: write timeout(d, f(x)); an "
                  "operation has its limit as race(stream.receive(), sleep_for(d))");
  return timeout(d, detail::task_instead<F>());
}
template <class D, class... F>
  requires(!detail::duration_like<D> || sizeof...(F) != 1)
auto timeout(const D&, F&&...) {
  if constexpr (detail::duration_like<D>)
    static_assert(detail::never<D>,
                  "aside: timeout takes a duration and a task, the call of a coroutine: write "
                  "timeout(d, f(x))");
  else
    static_assert(detail::never<D>,
                  "aside: timeout takes first a duration, which has a unit: write timeout(5ms, "
                  "f(x)), after using namespace std::chrono_literals");
  return timeout(detail::clock::duration(), detail::task_instead_of<D, F...>());
}

}  // namespace aside::inline ASIDE_ABI
