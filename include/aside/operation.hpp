#pragma once
// operation: the base for a wait that aside does not have.

#include <aside/task.hpp>

namespace aside::inline ASIDE_ABI {

/// Names a task that waits, to whoever is to wake it. One pointer, so it fits an atomic.
class waiter {
 public:
  /// Lets the task go on: it runs soon, on the core of the calling thread, or on any from a foreign
  /// thread. Once, by whoever has taken the waiter from where it was published, as the last thing
  /// done with what the operation refers to: that may be gone when the call returns. Any thread.
  void wake() const noexcept { detail::notify(*leaf_); }

  [[nodiscard]] void* address() const noexcept { return leaf_; }
  [[nodiscard]] static waiter from_address(void* address) noexcept {
    return waiter(static_cast<detail::leaf*>(address));
  }

 private:
  template <class Derived>
  friend class operation;
  explicit waiter(detail::leaf* l) noexcept : leaf_(l) {}
  detail::leaf* leaf_;
};

/// Base of an operation of your own: something that a task waits for and that another thread, or
/// another task, brings about. First see whether aside::event, oneshot or callback will do.
///
///   class ASIDE_AWAIT_IT my_wait : public aside::operation<my_wait> {
///    public:
///     static constexpr const char* name = "wait for my thing";   // in dumps
///     bool attempt() noexcept;                 // finish without waiting
///     bool publish(aside::waiter) noexcept;    // put it where the waker takes it
///     bool withdraw() noexcept;                // take it back
///     T await_resume();                        // what co_await gives; may throw
///   };
///
/// attempt   true: it is done, await_resume comes next. Called before the task waits, and after each
///           wake: a false wake only costs another round.
/// publish   false: something has come since `attempt` said no; it is asked again. True: from then on
///           touch nothing, for the task may already run elsewhere.
/// withdraw  the task is to stop. True: the waiter was still there, is not now, and will not be woken.
///           False: somebody has taken it and will wake it; `attempt` is asked once more, so what was
///           handed over is not lost. May run on any thread, never beside publish or attempt.
///
/// `publish`, `withdraw` and the waker agree by one atomic word: whoever takes the waiter out of it
/// owns the wake. All three are noexcept, none may block; they run between turns, when no coroutine
/// of the task is on a stack. The object lives in the awaiting coroutine's frame, is awaited in the
/// expression that makes it, and can be a branch of race, all and timeout.
///
/// Completes when: attempt says so. Resumes on: see waiter::wake. Stopping: see withdraw.
/// Cost: two pointers and a flag; nothing is allocated, and no read-modify-write but your own.
template <class Derived>
class operation : public detail::leaf_awaiter<Derived> {
 public:
  operation() noexcept : detail::leaf_awaiter<Derived>(checked_ops()) {}

  [[nodiscard]] bool await_ready() noexcept {
    if constexpr (is_complete())
      return detail::leaf_awaiter<Derived>::await_ready();
    else
      return true;
  }

 private:
  static consteval bool is_complete() {
    if constexpr (!requires(Derived& me, waiter w) {
                    static_cast<bool>(me.attempt());
                    static_cast<bool>(me.publish(w));
                    static_cast<bool>(me.withdraw());
                    static_cast<const char*>(Derived::name);
                  }) {
      static_assert(detail::never<Derived>,
                    "aside: an operation has a name, attempt, publish and withdraw: write static "
                    "constexpr const char* name = \"...\"; bool attempt() noexcept; bool "
                    "publish(aside::waiter) noexcept; bool withdraw() noexcept;");
      return false;
    } else if constexpr (!requires(Derived& me, waiter w) {
                           requires noexcept(me.attempt()) && noexcept(me.publish(w)) &&
                                        noexcept(me.withdraw());
                         }) {
      static_assert(detail::never<Derived>,
                    "aside: attempt, publish and withdraw of an operation are noexcept, for they "
                    "run when no coroutine is there to catch: keep an error, and throw it from "
                    "await_resume");
      return false;
    } else {
      return true;
    }
  }
  static detail::armed arm(detail::leaf& l, detail::host&, bool stop) noexcept {
    auto& me = static_cast<Derived&>(l);
    bool& published = static_cast<operation&>(me).published_;
    if (std::exchange(published, false) && me.attempt()) return detail::armed::ready;
    for (;;) {
      if (stop) return detail::armed::stopped;
      if (me.attempt()) return detail::armed::ready;
      published = true;
      if (me.publish(waiter(&l))) return detail::armed::waiting;
      published = false;
    }
  }
  static bool cancel(detail::leaf& l) noexcept {
    auto& me = static_cast<Derived&>(l);
    return static_cast<operation&>(me).published_ && me.withdraw();
  }
  struct name_of_it {
    static constexpr detail::leaf_ops value{&operation::arm, &operation::cancel, Derived::name};
  };
  static const detail::leaf_ops& refused_ops() noexcept;
  static const detail::leaf_ops& checked_ops() noexcept {
    if constexpr (is_complete())
      return name_of_it::value;
    else
      return refused_ops();
  }

  bool published_ = false;
};

}  // namespace aside::inline ASIDE_ABI
