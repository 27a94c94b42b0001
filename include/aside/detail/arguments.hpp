#pragma once
// Does a coroutine's reference parameter get what it refers to, or a temporary of the call?

#include <aside/config.hpp>

#include <type_traits>

namespace aside::inline ASIDE_ABI::detail {

/// A parameter P that is made from an A refers to the argument itself, or is a value. Otherwise it
/// refers to what the argument was converted to, which dies when the call has returned the task.
template <class P, class A>
inline constexpr bool refers_to_argument =
    !std::is_reference_v<P> ||
    std::is_convertible_v<std::remove_cvref_t<A>*, std::remove_cvref_t<P>*> ||
    // Such a reference binds to no temporary: the argument converts to a reference by itself.
    std::is_convertible_v<A, const volatile std::remove_cvref_t<P>&>;

template <class... P>
struct parameters {
  template <class... A>
  static consteval bool refer_to() {
    if constexpr (sizeof...(P) == sizeof...(A))
      return (refers_to_argument<P, A> && ...);
    else
      return true;
  }
};

template <class F>
struct parameters_of {};  // an overloaded or templated call operator: not seen
template <class F>
  requires requires { &F::operator(); }
struct parameters_of<F> : parameters_of<decltype(&F::operator())> {};
template <class R, class... P>
struct parameters_of<R (*)(P...)> {
  using type = parameters<P...>;
  using result = R;
};
template <class R, class... P>
struct parameters_of<R (*)(P...) noexcept> : parameters_of<R (*)(P...)> {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...)> : parameters_of<R (*)(P...)> {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...) const> : parameters_of<R (*)(P...)> {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...) noexcept> : parameters_of<R (*)(P...)> {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...) const noexcept> : parameters_of<R (*)(P...)> {};

/// What a function gives, whatever its arguments; void where that is not seen.
template <class F>
struct declared_result {
  using type = void;
};
template <class F>
  requires requires { typename parameters_of<std::decay_t<F>>::result; }
struct declared_result<F> {
  using type = typename parameters_of<std::decay_t<F>>::result;
};

/// Does every reference parameter of fn(args...) refer to one of the arguments?
template <class F, class... A>
consteval bool refers_to_arguments() {
  using fn = std::decay_t<F>;
  if constexpr (!requires { typename parameters_of<fn>::type; }) {
    return true;
  } else if constexpr (std::is_member_pointer_v<fn>) {
    return []<class Object, class... Rest>(std::type_identity<Object>,
                                           std::type_identity<Rest>...) {
      return parameters_of<fn>::type::template refer_to<Rest...>();
    }(std::type_identity<A>()...);
  } else {
    return parameters_of<fn>::type::template refer_to<A...>();
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
