#pragma once
// Stands for what was refused, so that one mistake is one error. Nothing of this is ever run.

#include <aside/config.hpp>

#include <coroutine>
#include <type_traits>

namespace aside::inline ASIDE_ABI::detail {

/// For a static_assert that fails only where it is instantiated.
template <class...>
inline constexpr bool never = false;

/// Becomes what a refused expression should have given.
struct whatever {
  template <class T>
  operator T() const noexcept;
};

/// The awaiter of what is refused.
template <class T>
struct refused_awaiter {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) const noexcept;
  T await_resume() const noexcept;
};

/// Stands for a value.
template <class T>
T refused_value() noexcept;

struct promise_base;
/// What a call without any argument gives: all that can be asked of it, awaited or not.
struct nothing_given : whatever {
  refused_awaiter<whatever> bind(promise_base&) && noexcept;
};

/// What no task can give.
template <class T>
concept no_result = std::is_const_v<T> || std::is_volatile_v<T> || std::is_rvalue_reference_v<T> ||
                    std::is_array_v<T> || std::is_function_v<T>;

/// Not in a class, which a compiler would take for broken and say more about.
template <class T>
void refuse_result() noexcept {
  static_assert(!no_result<T>,
                "aside: a task gives a value, a reference or nothing: write task<T> instead of "
                "task<const T> or task<T&&>, and task<std::vector<T>> for an array");
}

/// What spawn gives: nothing to await, and a co_await of it can say so.
struct spawned {};

/// Stands for an argument in braces, which has no type of its own: the default of such parameters.
struct braced {
  template <class T, class... More>
  braced(T&&, More&&...) noexcept;
};
template <class... A>
concept any_braced = (std::is_same_v<std::remove_cvref_t<A>, braced> || ...);

}  // namespace aside::inline ASIDE_ABI::detail
