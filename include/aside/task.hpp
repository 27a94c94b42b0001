#pragma once
// task<T>: a piece of work that can wait.

#include <aside/detail/awaitable.hpp>

#ifdef __has_cpp_attribute
#if __has_cpp_attribute(clang::coro_return_type) && __has_cpp_attribute(clang::coro_lifetimebound)
#define ASIDE_CORO_TYPE [[clang::coro_return_type]] [[clang::coro_lifetimebound]]
#endif
#if __has_cpp_attribute(clang::coro_wrapper)
#define ASIDE_WRAPPER __attribute__((coro_wrapper))
#endif
#endif
#ifndef ASIDE_CORO_TYPE
#define ASIDE_CORO_TYPE
#endif
#ifndef ASIDE_WRAPPER
/// Marks a function that returns a task but is no coroutine itself: `ASIDE_WRAPPER task<> f() { return g(1); }`.
#define ASIDE_WRAPPER
#endif

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class T>
class [[nodiscard]] task_awaiter : public awaiter_base {
 public:
  task_awaiter(promise_base* self, outcome_slot<T>* child) noexcept : awaiter_base(self, child) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) noexcept {
    return start();
  }
  T await_resume() {
    struct end {
      task_awaiter* me;
      ~end() { me->destroy_child(); }
    } at_end{this};
    return static_cast<outcome_slot<T>*>(child_)->take();
  }
};
template <no_result T>
struct task_awaiter<T> : refused_awaiter<whatever> {
  task_awaiter(promise_base*, outcome_slot<T>*) noexcept { refuse_result<T>(); }
};

/// Stands for a task that could not be made; declared only, because the compiler has said why.
template <class T>
task<T> refused_task() noexcept;

/// An operation whose place, in reports, is the one that its coroutine has already.
template <class Op>
struct unplaced {
  explicit unplaced(Op& o) noexcept : op(o) {}
  Op& op;
};

/// What a coroutine may await, on top of the place for its outcome.
template <class Slot>
struct awaiting_promise : Slot {
  using Slot::Slot;

  template <class U>
  task_awaiter<U> await_transform(
      task<U> child, std::source_location at = std::source_location::current()) noexcept {
    this->where_ = at;
    return task_awaiter<U>(this, child.release());
  }
  // By reference: a copy of the operation would make every frame that awaits it larger.
  template <leaf_operation Leaf>
  Leaf&& await_transform(Leaf&& op,
                         std::source_location at = std::source_location::current()) noexcept {
    this->where_ = at;
    op.at_ = this;
    return static_cast<Leaf&&>(op);
  }
  template <leaf_operation Op>
  Op&& await_transform(unplaced<Op> in) noexcept {
    in.op.at_ = this;
    return static_cast<Op&&>(in.op);
  }
  template <combinator Op>
    requires(!leaf_operation<Op>)
  auto await_transform(unplaced<Op> in) noexcept {
    return std::move(in.op).bind(*this);
  }
  template <class Stored>
    requires(leaf_operation<std::remove_cvref_t<Stored>> && std::is_lvalue_reference_v<Stored>)
  Stored await_transform(Stored&& op) noexcept {
    static_assert(sizeof(op) == 0,
                  "aside: an operation is awaited in the expression that makes it: write "
                  "co_await stream.write(x)");
    return op;
  }
  template <class Object>
    requires bindable<std::remove_reference_t<Object>>
  auto await_transform(Object&& object,
                       std::source_location at = std::source_location::current()) noexcept {
    this->where_ = at;
    auto op = object.bind(*this);
    op.at_ = this;
    return op;
  }
  template <combinator Op>
    requires(!leaf_operation<Op> && !bindable<Op>)
  auto await_transform(Op op, std::source_location at = std::source_location::current()) noexcept {
    this->where_ = at;
    return std::move(op).bind(*this);
  }
  template <foreign_awaitable Awaitable>
  auto await_transform(const Awaitable&) noexcept {
    return refuse_to_await<Awaitable>();
  }
};

template <class T>
struct promise : awaiting_promise<outcome_slot<T>> {
  explicit promise(std::source_location made = std::source_location::current()) noexcept
      : awaiting_promise<outcome_slot<T>>(made) {}

  task<T> get_return_object() noexcept { return task<T>(this); }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  /// Refuses `co_yield`.
  template <class U>
  refused_awaiter<whatever> yield_value(U&&) const noexcept {
    static_assert(never<U>,
                  "aside: a task cannot co_yield: it gives one value, with co_return; what gives "
                  "many is an async_generator<T>");
    return {};
  }
};

}  // namespace detail

/// A piece of work that runs when it is awaited: `co_await f(x)`.
///
/// Completes when:  the coroutine has returned or thrown; the awaiting coroutine then goes on.
/// Resumes on:      the same task, so possibly on another thread; never in parallel with its parent.
/// Lifetime:        a task is awaited in the expression that makes it, so temporaries, references and
///                  [&] lambdas in `co_await f(x)` live long enough. It cannot be stored or moved.
/// Stopping:        when a stop is asked for, the operation that it waits in ends, then its frames are
///                  destroyed, innermost first: destructors run, `catch` blocks do not. If a destructor
///                  throws then, the stop becomes that exception, for whoever awaits the coroutine.
/// Errors:          whatever the coroutine threw. std::bad_alloc at the call when there is no memory.
/// Cost:            one frame from a per-thread pool; no allocation is shared between threads.
template <class T>
class ASIDE_CORO_TYPE [[nodiscard("a task does nothing until it is awaited: write co_await f(x)")]]
task {
 public:
  using promise_type = detail::promise<T>;

  task(const volatile task&) = delete;
  template <class U>
    requires std::same_as<std::remove_cvref_t<U>, task>
  task(U&&) noexcept {
    static_assert(sizeof(U) == 0,
                  "aside: a task cannot be stored or moved: write co_await f(x) in one expression; "
                  "to run it beside this one, spawn(f, x)");
  }
  task& operator=(const task&) = delete;
  ~task() {
    if (promise_ != nullptr) detail::never_awaited(*promise_);
  }

  /// For combinators: takes the coroutine out.
  [[nodiscard]] promise_type* release() noexcept { return std::exchange(promise_, nullptr); }

 private:
  friend promise_type;
  explicit task(promise_type* promise) noexcept : promise_(promise) {}
  promise_type* promise_;
};

/// Found only in somebody else's coroutine: ours take the task itself, through await_transform.
template <class T>
std::suspend_never operator co_await(const task<T>&) noexcept {
  static_assert(sizeof(T*) == 0,
                "aside: a task can only be awaited inside an aside::task: make this coroutine one, "
                "or start the task with aside::spawn or aside::run");
  return {};
}

}  // namespace aside::inline ASIDE_ABI
