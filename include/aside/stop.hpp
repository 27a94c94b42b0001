#pragma once
// Being stopped: to know it, to catch it, to put it off.

#include <aside/detail/catch.hpp>

namespace aside::inline ASIDE_ABI {

/// True while the running task is being unwound by a stop: in destructors.
[[nodiscard]] ASIDE_API bool stopping() noexcept;

/// True when the running task has been asked to stop, by whoever may: its scope, a limit around it, a
/// race that is decided, SIGTERM. Inside a `shield`: when what runs there has been. It stays true, and the
/// next wait is stopped. For loops that go on after `try_stopped`, and for long computations between waits.
/// False outside of a task.
[[nodiscard]] ASIDE_API bool stop_requested() noexcept;

/// What `try_stopped` gives when its task was stopped.
struct stopped {
  friend bool operator==(stopped, stopped) = default;
};

namespace detail {

template <class T>
class [[nodiscard]] try_stopped_awaiter : public catching_awaiter {
 public:
  try_stopped_awaiter(promise_base* self, outcome_slot<T>* child) noexcept
      : catching_awaiter(self, child, [](catching_awaiter& a) noexcept {
          a.stopped_ = true;
          return true;
        }) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) noexcept {
    return start();
  }
  std::expected<in_expected<T>, stopped> await_resume() {
    if (stopped_) return std::unexpected(stopped());
    return take_expected<T, stopped>(*this);
  }
};

template <class T>
class try_stopped_parts {
 public:
  explicit try_stopped_parts(task<T>& t) noexcept : task_(t) {}
  try_stopped_awaiter<T> bind(promise_base& self) && noexcept { return {&self, task_.release()}; }

 private:
  unstarted<T> task_;
};

template <class T>
class shield_parts {
 public:
  explicit shield_parts(task<T>& t) noexcept : task_(t) {}
  below_awaiter<T, stop_wall> bind(promise_base& self) && noexcept {
    return {&self, task_.release()};
  }

 private:
  unstarted<T> task_;
};

}  // namespace detail

/// co_await try_stopped(f(x)): f's value (a pointer, when that is a reference), or `stopped` when a stop
/// has ended it. What f threw is rethrown.
///
/// Catches a stop from outside too: f's destructors have run, the awaiting coroutine goes on, and the
/// request stands, so its next wait is stopped. Do there what needs no wait, or use `finally`. A loop that
/// begins f anew has to ask `stop_requested()` first, or it never ends.
template <class T>
detail::combined<detail::try_stopped_parts<T>> try_stopped(task<T> t) noexcept {
  return detail::combined<detail::try_stopped_parts<T>>(detail::try_stopped_parts<T>(t));
}
template <class F>
  requires(!detail::is_task<std::remove_cvref_t<F>>)
auto try_stopped(F&&) noexcept {
  static_assert(sizeof(std::remove_cvref_t<F>*) == 0,
                "aside: try_stopped takes a task, the call of a coroutine: write "
                "try_stopped(f(x)); put an operation into one: try_stopped([&]() -> task<> { "
                "co_await stream.write(x); }())");
  return try_stopped(detail::task_instead<F>());
}

/// co_await shield(f(x)): f does not see a stop that comes from outside, nor a deadline. The request
/// stands meanwhile and takes effect at the first wait after the shield; f's value is delivered.
///
/// For work that must not be broken off and is sure to end: nothing but f itself can end it. In the body
/// of a scope it hides the stop from the body alone: the scope's children are told.
template <class T>
detail::combined<detail::shield_parts<T>> shield(task<T> t) noexcept {
  return detail::combined<detail::shield_parts<T>>(detail::shield_parts<T>(t));
}
template <class F>
  requires(!detail::is_task<std::remove_cvref_t<F>>)
auto shield(F&&) noexcept {
  static_assert(sizeof(std::remove_cvref_t<F>*) == 0,
                "aside: shield takes a task, the call of a coroutine: write shield(f(x)); put an "
                "operation into one: shield([&]() -> task<> { co_await stream.write(x); }())");
  return shield(detail::task_instead<F>());
}

}  // namespace aside::inline ASIDE_ABI
