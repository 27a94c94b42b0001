#pragma once
// The smallest coroutine type that has the shape of a real one: lazy, immovable, awaited once as a
// temporary, its result handed over by symmetric transfer. It stands alone so that the canary tests
// the compiler and nothing else.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace canary {

// What the runner resumes next. A body that neither finished nor filled this slot has fallen out of
// its coroutine: the fault in which g++ 12 never runs a body at all.
inline std::coroutine_handle<> next_to_resume;

template <class T>
class task;

template <class T>
class awaited_task;

template <class T>
struct promise {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::optional<T> result;
  std::exception_ptr failure;

  struct hand_over {
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<promise> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };

  task<T> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  hand_over final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }

  template <class Value>
  void return_value(Value&& value) {
    result.emplace(std::forward<Value>(value));
  }

  template <class Other>
  awaited_task<Other> await_transform(task<Other> child) noexcept;

  template <class Awaiter>
  Awaiter&& await_transform(Awaiter&& awaiter) noexcept {
    return std::forward<Awaiter>(awaiter);
  }

  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
};

template <class T>
class task {
 public:
  using promise_type = promise<T>;
  using handle = std::coroutine_handle<promise_type>;

  explicit task(handle frame) noexcept : frame_(frame) {}
  task(const task&) = delete;
  task& operator=(const task&) = delete;
  ~task() {
    if (frame_) frame_.destroy();
  }

  handle release() noexcept { return std::exchange(frame_, nullptr); }
  handle frame() const noexcept { return frame_; }

 private:
  handle frame_;
};

template <class T>
task<T> promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<promise>::from_promise(*this));
}

template <class T>
class awaited_task {
 public:
  explicit awaited_task(task<T>& child) noexcept : frame_(child.release()) {}
  awaited_task(const awaited_task&) = delete;
  awaited_task& operator=(const awaited_task&) = delete;
  ~awaited_task() { frame_.destroy(); }

  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    frame_.promise().continuation = parent;
    return frame_;
  }
  T await_resume() { return frame_.promise().take(); }

 private:
  typename task<T>::handle frame_;
};

template <class T>
template <class Other>
awaited_task<Other> promise<T>::await_transform(task<Other> child) noexcept {
  return awaited_task<Other>(child);
}

// Suspends for real: control goes back to the runner, which resumes or destroys the whole chain.
struct next_turn {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) noexcept { next_to_resume = self; }
  void await_resume() noexcept {}
};

}  // namespace canary
