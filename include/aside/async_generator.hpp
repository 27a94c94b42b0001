#pragma once
// async_generator<T>: a coroutine that gives many values, and may wait between them.

#include <aside/detail/check.hpp>
#include <aside/detail/combined.hpp>
#include <aside/error.hpp>

#include <optional>

namespace aside::inline ASIDE_ABI {

template <class T>
class async_generator;

namespace detail {

class generator_handle;

/// Of a generator's coroutine. `awaiter_` is set while a next() is under way.
struct generator_promise : promise_base {
  generator_handle* owner_ = nullptr;

  using promise_base::promise_base;
  ASIDE_API ~generator_promise();
  /// Runs the coroutine to its next value or its end. True: it waits, so suspend.
  [[nodiscard]] ASIDE_API bool go_on(awaiter_base& a) noexcept;
};

/// Owns a generator's coroutine, and hears of it when a stop destroys that.
class generator_handle {
 public:
  explicit generator_handle(generator_promise& p) noexcept : promise_(&p) { p.owner_ = this; }
  generator_handle(generator_handle&& other) noexcept
      : promise_(std::exchange(other.promise_, nullptr)), stopped_(other.stopped_) {
    if (promise_ != nullptr) promise_->owner_ = this;
  }
  generator_handle& operator=(generator_handle&&) = delete;
  ASIDE_API ~generator_handle();

  /// The coroutine to go on; null when it was stopped. Aborts where nothing can go on.
  [[nodiscard]] ASIDE_API generator_promise* begin_next(const promise_base& consumer) noexcept;

 private:
  friend generator_promise;
  generator_promise* promise_;  // null once moved from, or stopped
  bool stopped_ = false;
};

/// The coroutine has given a value: back to whoever asked for it.
struct yield_awaiter {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
    promise_base& p = h.promise();
    if (!p.nested_) p.task_->resume_ = p.awaiter_->self_;
  }
  void await_resume() const noexcept {}
};

/// Where a value or an exception waits for next().
template <class T>
class generator_slot : public generator_promise {
 public:
  static_assert(std::is_object_v<T>,
                "aside: an async_generator gives values: for references, give pointers");
  static_assert(
      alignof(T) <= 16,
      "aside: an async_generator's value cannot be over-aligned; give it in a std::unique_ptr");

  explicit generator_slot(std::source_location made) noexcept : generator_promise(made) {}
  generator_slot(const generator_slot&) = delete;
  generator_slot& operator=(const generator_slot&) = delete;
  ~generator_slot() { clear(); }

  template <class U = T>
    requires std::constructible_from<T, U&&>
  yield_awaiter yield_value(U&& value) {
    ::new (static_cast<void*>(&value_)) T(std::forward<U>(value));
    kind_ = outcome_kind::value;
    return {};
  }
  /// Refuses what is no T.
  template <class U>
    requires(!std::constructible_from<T, U &&>)
  yield_awaiter yield_value(U&&) noexcept {
    static_assert(never<U>,
                  "aside: the generator's value, the T of its async_generator<T>, cannot be made "
                  "from what is co_yielded here");
    return {};
  }
  void return_void() noexcept {}
  void unhandled_exception() noexcept { keep_error(); }
  std::optional<T> take() {
    struct end {
      generator_slot* me;
      ~end() { me->clear(); }
    } at_end{this};
    if (kind_ == outcome_kind::error) ended_without_value(*this);
    if (kind_ == outcome_kind::none) return std::nullopt;
    return std::optional<T>(std::move(value_));
  }

 private:
  void clear() noexcept {
    if (kind_ == outcome_kind::value) value_.~T();
    if (kind_ == outcome_kind::error) {
      error_.~exception_ptr();
      ::new (static_cast<void*>(&where_)) std::source_location();
    }
    kind_ = outcome_kind::none;
  }
  union {
    std::remove_reference_t<T> value_;  // a T& is refused above
  };
};

template <class T>
struct generator_coroutine : awaiting_promise<generator_slot<T>> {
  explicit generator_coroutine(std::source_location made = std::source_location::current()) noexcept
      : awaiting_promise<generator_slot<T>>(made) {}

  async_generator<T> get_return_object() noexcept { return async_generator<T>(*this); }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
};

template <class T>
class [[nodiscard]] next_awaiter : public awaiter_base {
 public:
  next_awaiter(promise_base& self, generator_promise* from) noexcept
      : awaiter_base(&self, nullptr), from_(static_cast<generator_slot<T>*>(from)) {}
  [[nodiscard]] bool await_ready() const noexcept { return from_ == nullptr || from_->finished_; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) noexcept {
    return from_->go_on(*this);
  }
  std::optional<T> await_resume() {
    if (from_ == nullptr) throw_error(errc::stopped, "async_generator::next");
    from_->awaiter_ = nullptr;
    return from_->take();
  }

 private:
  generator_slot<T>* from_;
};

template <class T>
class next_parts {
 public:
  explicit next_parts(generator_handle& from) noexcept : from_(&from) {}
  next_awaiter<T> bind(promise_base& self) && noexcept {
    return next_awaiter<T>(self, from_->begin_next(self));
  }

 private:
  generator_handle* from_;
};

/// What `co_await generator` gives, so that it is refused in one line.
template <class T>
struct refused_next {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) const noexcept;
  std::optional<T> await_resume() const noexcept;
  promise_base* at_ = nullptr;
};

}  // namespace detail

/// What a coroutine returns that gives values with `co_yield`, any number of them, and may `co_await`
/// what a task may in between. The consumer asks for one after the other:
/// `while (auto line = co_await lines.next()) …`.
///
/// Runs in:    the task that awaits next(), and only while it does; nothing runs ahead. It sees that
///             task's stops and deadlines.
/// Lifetime:   unlike a task it is stored, as a local of its consumer, and can be moved, even while a
///             next() is under way. So what its reference parameters refer to must outlive it, and
///             temporaries do not (clang warns). Destroying it destroys its coroutine at once, locals in
///             reverse order, wherever it stands; while a next() is under way, that aborts, and so does
///             a local whose destructor throws then.
/// Sharing:    one next() at a time, a second one aborts; it never moves to another core by `spawn`.
/// Stopping:   a stop while it waits ends it: its frame is destroyed, then, outwards, the frames that
///             await next(). Where that is caught, by a timeout or a race, further next() fail.
/// Cost:       one frame from a per-thread pool; a value costs no allocation, and one move.
template <class T>
class ASIDE_CORO_TYPE [[nodiscard("an async_generator does nothing until its next() is awaited")]]
async_generator {
 public:
  using promise_type = detail::generator_coroutine<T>;

  async_generator(async_generator&&) noexcept = default;
  async_generator& operator=(async_generator&&) = delete;

  /// co_await next(): std::optional with the next value; empty once the coroutine has returned or
  /// thrown, then always.
  ///
  /// Resumes on:  the same task, so possibly on another thread.
  /// Errors:      what the coroutine threw, once; std::system_error with errc::stopped after a stop has
  ///              ended it. Of a generator that was moved from: aborts.
  detail::combined<detail::next_parts<T>> next() noexcept {
    return detail::combined<detail::next_parts<T>>(detail::next_parts<T>(handle_));
  }

  /// Refuses `co_await generator`.
  template <class Promise>
  detail::refused_next<T> bind(Promise&) noexcept {
    static_assert(sizeof(Promise) == 0,
                  "aside: an async_generator is not awaited itself: store it, and write "
                  "co_await generator.next()");
    return {};
  }

 private:
  friend promise_type;
  explicit async_generator(promise_type& p) noexcept : handle_(p) {}
  detail::generator_handle handle_;
};

/// Its frame refers to what the consumer has.
template <class T>
inline constexpr bool sendable<async_generator<T>> = false;

}  // namespace aside::inline ASIDE_ABI
