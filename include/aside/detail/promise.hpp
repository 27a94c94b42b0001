#pragma once
// What every coroutine of a task carries, and how one awaits another.
//
// A child is started inline, inside the parent's await_suspend; with more than `nest_limit` of them
// on one native stack the run loop starts it instead. A child that ends later hands its parent to
// the run loop. A stop unwinds in the run loop too, innermost frame first, so no frame ever dies
// while one of its own functions is on the native stack.

#include <aside/detail/header.hpp>
#include <aside/detail/refused.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace aside::inline ASIDE_ABI {

template <class T = void>
class task;

namespace detail {

struct awaiter_base;

enum class outcome_kind : std::uint8_t { none, value, error };

struct promise_base {
  awaiter_base* awaiter_ = nullptr;  // null in a task's outermost coroutine
  task_header* task_ = nullptr;
  union {
    std::source_location where_;  // of its current or last co_await
    std::exception_ptr error_;    // that it has ended with (kind_ says so)
  };
  bool nested_ = false;         // the parent's await_suspend is on the native stack below us
  bool caught_ = false;         // the awaiter is a catching_awaiter
  bool finished_ = false;
  outcome_kind kind_ = outcome_kind::none;
  std::uint32_t since_ = 0;  // when its current or last wait began (src/sched/age.hpp)

  explicit promise_base(std::source_location made) noexcept : where_(made) {}
  promise_base(const promise_base&) = delete;
  promise_base& operator=(const promise_base&) = delete;
  ~promise_base() {
    if (kind_ == outcome_kind::error) error_.~exception_ptr();
  }

  void keep_error() noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
    kind_ = outcome_kind::error;
  }
  [[nodiscard]] std::exception_ptr error() const noexcept {
    return kind_ == outcome_kind::error ? error_ : std::exception_ptr();
  }

  [[nodiscard]] std::coroutine_handle<promise_base> handle() noexcept {
    return std::coroutine_handle<promise_base>::from_promise(*this);
  }

  static void* operator new(std::size_t size) {
    if (frame_room* room = current_room(); room != nullptr && !room->taken) {
      room->wanted = size;
      if (size <= room->size) {
        room->taken = true;
        return room->place;
      }
    }
    return frame_allocate(size);
  }
  static void operator delete(void* frame, std::size_t size) noexcept {
    if (frame_room* room = current_room(); room != nullptr && room->place == frame) {
      room->taken = false;
      return;
    }
    frame_free(frame, size);
  }
};

/// `resume` came back, but the coroutine neither waits nor has ended: its compiler lost its body.
[[noreturn]] ASIDE_API void fell_out(const promise_base& p) noexcept;
/// It has ended without the value that its parent waits for: throws on what it has thrown. Out of line: a
/// copy of that on the way would lie in the frame of everyone who awaits a task.
[[noreturn]] ASIDE_API void ended_without_value(promise_base& p);

/// Owns a child coroutine while its parent waits for it.
struct awaiter_base {
  promise_base* self_;   // the coroutine that awaits
  promise_base* child_;  // null once its frame is gone

  awaiter_base(promise_base* self, promise_base* child) noexcept : self_(self), child_(child) {}
  awaiter_base(const awaiter_base&) = delete;
  awaiter_base& operator=(const awaiter_base&) = delete;
  ~awaiter_base() { destroy_child(); }

  void destroy_child() noexcept {
    if (child_ != nullptr) std::exchange(child_, nullptr)->handle().destroy();
  }

  /// True: suspend. False: the child has finished already.
  bool start() noexcept {
    task_header& t = *self_->task_;
    child_->awaiter_ = this;
    child_->task_ = &t;
    if (t.depth_ >= nest_limit) {
      t.resume_ = child_;
      return true;
    }
    ++t.depth_;
    child_->nested_ = true;
    child_->handle().resume();
    --t.depth_;
    if (child_->finished_) return false;
    if (t.leaf_ == nullptr && t.resume_ == nullptr) fell_out(*child_);
    child_->nested_ = false;
    return true;
  }
};

/// An awaiter at which a stop can end. `on_stopped` is asked when the frames below it are gone:
/// true resumes the awaiting coroutine, false lets the stop travel on outwards.
struct catching_awaiter : awaiter_base {
  bool (*on_stopped_)(catching_awaiter&) noexcept;
  bool stopped_ = false;

  catching_awaiter(promise_base* self, promise_base* child,
                   bool (*on_stopped)(catching_awaiter&) noexcept) noexcept
      : awaiter_base(self, child), on_stopped_(on_stopped) {
    if (child != nullptr) child->caught_ = true;
  }
};

struct final_awaiter {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
    promise_base& p = h.promise();
    p.finished_ = true;
    if (!p.nested_ && p.awaiter_ != nullptr) p.task_->resume_ = p.awaiter_->self_;
  }
  void await_resume() const noexcept {}
};

/// Where a coroutine's value or exception waits for its parent.
template <class T>
class outcome_slot : public promise_base {
 public:
  static_assert(
      std::is_void_v<T> || std::is_reference_v<T> || alignof(T) <= 16,
      "aside: a task's result cannot be over-aligned; return it through a std::unique_ptr");
  explicit outcome_slot(std::source_location made) noexcept : promise_base(made) {}
  outcome_slot(const outcome_slot&) = delete;
  outcome_slot& operator=(const outcome_slot&) = delete;
  ~outcome_slot() {
    if (kind_ == outcome_kind::value) value_.~T();
  }

  template <class U = T>
    requires std::constructible_from<T, U&&>
  void return_value(U&& value) {
    ::new (static_cast<void*>(&value_)) T(std::forward<U>(value));
    kind_ = outcome_kind::value;
  }
  /// Refuses what is no T.
  template <class U>
    requires(!std::constructible_from<T, U &&>)
  void return_value(U&&) noexcept {
    static_assert(never<U>,
                  "aside: the task's result, the T of its task<T>, cannot be made from this value of "
                  "co_return");
  }
  void unhandled_exception() noexcept {
    if (kind_ == outcome_kind::value) value_.~T();  // a destructor has thrown after co_return
    keep_error();
  }
  T take() {
    if (kind_ != outcome_kind::value) [[unlikely]]
      ended_without_value(*this);
    return std::move(value_);
  }

 private:
  union {
    T value_;
  };
};

template <class T>
class outcome_slot<T&> : public promise_base {
 public:
  using promise_base::promise_base;
  void return_value(T& value) noexcept {
    value_ = &value;
    kind_ = outcome_kind::value;
  }
  /// Refuses what is no T&.
  template <class U>
    requires(!std::convertible_to<U &&, T&>)
  void return_value(U&&) noexcept {
    static_assert(never<U>,
                  "aside: the task gives a reference: co_return an object of that type which lives "
                  "on, or write task<T>");
  }
  void unhandled_exception() noexcept { keep_error(); }
  T& take() {
    if (kind_ != outcome_kind::value) [[unlikely]]
      ended_without_value(*this);
    return *value_;
  }

 private:
  T* value_ = nullptr;
};

template <no_result T>
class outcome_slot<T> : public promise_base {
 public:
  explicit outcome_slot(std::source_location made) noexcept : promise_base(made) {
    refuse_result<T>();
  }
  template <class U>
  void return_value(U&&) noexcept;
  void unhandled_exception() noexcept;
  whatever take() noexcept {
    refuse_result<T>();
    return {};
  }
};

template <>
class outcome_slot<void> : public promise_base {
 public:
  using promise_base::promise_base;
  void return_void() noexcept {}
  void unhandled_exception() noexcept { keep_error(); }
  void take() {
    if (kind_ == outcome_kind::error) [[unlikely]]
      ended_without_value(*this);
  }
};

/// Reports (and destroys) a task that was made and dropped without being awaited.
ASIDE_API void never_awaited(promise_base& root) noexcept;

/// The task at `l` may go on. Called once, by whoever took the leaf; the last thing it may touch.
inline void notify(leaf& l) noexcept {
  task_header& t = *l.at_->task_;
  t.what().schedule(t);
}

/// True when the turn goes on: no stop is asked for and the budget is not spent.
inline bool may_try(task_header& t) noexcept {
  if (t.budget_ == 0) {
    t.mood_ = task_mood::spent;
    return false;
  }
  --t.budget_;
  return t.stop_ == nullptr || !t.stop_->requested();
}

/// Between two calls of one operation: true when the budget has another, which it takes. False: the
/// turn is to end, so `attempt` returns false; such an operation says `may_spend`.
inline bool may_go_on(const leaf& l) noexcept {
  task_header& t = *l.at_->task_;
  if (t.budget_ == 0) {
    t.mood_ = task_mood::spent;
    return false;
  }
  --t.budget_;
  return true;
}
/// Has the last `attempt` ended the turn? For where an operation is armed, if it says `may_spend`.
inline bool has_spent(const leaf& l) noexcept { return l.at_->task_->mood_ == task_mood::spent; }

/// Base of every awaitable that is a leaf. A derived class gives `bool attempt()` (finish without
/// waiting; false: not yet) and `await_resume()`.
template <class Derived>
struct leaf_awaiter : leaf {
  using leaf::leaf;
  static constexpr bool may_spend = false;
  [[nodiscard]] bool await_ready() noexcept {
    return may_try(*at_->task_) && static_cast<Derived&>(*this).attempt();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise>) noexcept {
    static_assert(std::derived_from<Promise, promise_base>,
                  "aside: an operation can only be awaited inside an aside::task: make this "
                  "coroutine one, or start one with aside::spawn");
    at_->task_->leaf_ = this;
  }
};

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
