#pragma once
// Operations that are made of tasks: timeout, all, race, shield and the like.

#include <aside/task.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// A coroutine that has not begun, as a parameter. One that never is gets reported.
template <class T>
class unstarted {
 public:
  explicit unstarted(task<T>& t) noexcept : child_(t.release()) {}
  unstarted(unstarted&& other) noexcept : child_(std::exchange(other.child_, nullptr)) {}
  unstarted& operator=(unstarted&&) = delete;
  ~unstarted() {
    if (child_ != nullptr) never_awaited(*child_);
  }
  [[nodiscard]] outcome_slot<T>* release() noexcept { return std::exchange(child_, nullptr); }

 private:
  outcome_slot<T>* child_;
};

/// What stands for a T in a std::expected, which holds no reference: a pointer.
template <class T>
using in_expected = std::conditional_t<std::is_lvalue_reference_v<T>, std::remove_reference_t<T>*, T>;
/// Takes the outcome for one.
template <class T>
in_expected<T> take_for_expected(outcome_slot<T>& s) {
  if constexpr (std::is_lvalue_reference_v<T>)
    return &s.take();
  else
    return s.take();
}

/// What a task or an operation gives.
template <class A>
struct branch_value;
template <class T>
struct branch_value<task<T>> {
  using type = T;
};
template <leaf_operation Op>
struct branch_value<Op> {
  using type = decltype(std::declval<Op&>().await_resume());
};
template <combinator Op>
  requires(!leaf_operation<Op>)
struct branch_value<Op> {
  using type = decltype(std::declval<Op>().bind(std::declval<promise_base&>()).await_resume());
};

template <class A>
concept with_value = requires { typename branch_value<A>::type; };

/// The same of what may be neither: of a function what its call gives, otherwise void.
template <class A>
struct value_of {
  using type = void;
};
template <with_value A>
struct value_of<A> : branch_value<A> {};
template <class F>
  requires(!with_value<F> && with_value<typename declared_result<F>::type>)
struct value_of<F> : branch_value<typename declared_result<F>::type> {};

/// Stands for a task where something else was given, so that nothing but this is refused.
template <class A>
ASIDE_WRAPPER auto task_instead() noexcept {
  return refused_task<typename value_of<std::decay_t<A>>::type>();
}
/// The same where one of several things may have been meant for the task.
template <class A, class... More>
ASIDE_WRAPPER auto task_instead_of() noexcept {
  if constexpr (sizeof...(More) == 0 || !std::is_void_v<typename value_of<std::decay_t<A>>::type>)
    return task_instead<A>();
  else
    return task_instead_of<More...>();
}

/// An operation that owns tasks, and so is like a task: awaited in the expression that makes it. `Parts`
/// is what it owns; `std::move(parts).bind(promise)` is the awaiter.
template <class Parts>
class [[nodiscard(
    "a timeout does nothing until it is awaited, nor do all, race, shield and the like: write "
    "co_await "
    "in front of it")]] combined {
 public:
  explicit combined(Parts parts) noexcept : parts_(std::move(parts)) {}

  combined(const volatile combined&) = delete;
  template <class U>
    requires std::same_as<std::remove_cvref_t<U>, combined>
  combined(U&& other) noexcept : parts_(std::move(const_cast<combined&>(other).parts_)) {
    static_assert(
        sizeof(U) == 0,
        "aside: a timeout, all, race, shield or the like cannot be stored or moved: write "
        "co_await timeout(d, f(x)) in one expression");
  }
  combined& operator=(const combined&) = delete;

  auto bind(promise_base& self) && noexcept { return std::move(parts_).bind(self); }
  /// For branches: takes the parts out.
  [[nodiscard]] Parts release() noexcept { return std::move(parts_); }

 private:
  Parts parts_;
};

}  // namespace aside::inline ASIDE_ABI::detail
