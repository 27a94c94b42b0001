#pragma once
// What may cross a border between tasks: the checks behind spawn.

#include <aside/detail/atomic.hpp>
#include <aside/detail/shape.hpp>
#include <aside/task.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

namespace std {
template <class T>
class reference_wrapper;
template <class M>
class unique_lock;
template <class M>
class lock_guard;
template <class M>
class shared_lock;
template <class... M>
class scoped_lock;
template <class Signature>
class function;

/// Nothing can be done with it: a task cannot pass through the standard library's own functions.
template <class T, class... A>
class function<aside::task<T>(A...)> {
 public:
  static_assert(sizeof(aside::task<T>) == 0,
                "aside: a std::function cannot return a task: use a pointer to a function, or make "
                "the callable's type a template parameter");
  template <class F>
  function(F&&) noexcept;
  aside::task<T> operator()(A...) const;
};
}  // namespace std

namespace aside::inline ASIDE_ABI {

/// May several tasks refer to one object of this type at the same time? False unless it is const, an
/// atomic, or its author says so.
template <class T>
inline constexpr bool shareable = std::is_const_v<T>;
template <class T>
inline constexpr bool shareable<detail::atomic<T>> = true;

namespace detail {

// Each asks of T, which is met in a value of the types Path…, the outermost last.
template <class T, class... Path>
consteval bool borrows_by_shape();
template <class T, class... Path>
consteval bool sendable_by_shape();

template <bool Answer>
inline constexpr bool as_found = Answer;

}  // namespace detail

/// May a value of this type outlive what it refers to? Specialise for your own views and handles:
/// `template <> inline constexpr bool aside::borrows<my_view> = true;`
// A reference, so that its type tells it from a specialisation without asking for its value.
template <class T>
inline constexpr const bool& borrows = detail::as_found<detail::borrows_by_shape<T>()>;
template <class T>
inline constexpr bool borrows<std::reference_wrapper<T>> = true;
template <class C, class Traits>
inline constexpr bool borrows<std::basic_string_view<C, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool borrows<std::span<T, N>> = true;
template <class T>
inline constexpr bool borrows<std::initializer_list<T>> = true;

/// May a value of this type move to another core? Specialise to say no (or yes) for your own types.
template <class T>
inline constexpr const bool& sendable = detail::as_found<detail::sendable_by_shape<T>()>;
template <class T>
inline constexpr bool sendable<T&> = shareable<T>;
template <class T>
inline constexpr bool sendable<T*> = shareable<T> || std::is_function_v<T>;
template <class T>
inline constexpr bool sendable<std::reference_wrapper<T>> = shareable<T>;
template <class T, std::size_t N>
inline constexpr bool sendable<std::span<T, N>> = shareable<T>;
template <class M>
inline constexpr bool sendable<std::unique_lock<M>> = false;
template <class M>
inline constexpr bool sendable<std::shared_lock<M>> = false;
template <class M>
inline constexpr bool sendable<std::lock_guard<M>> = false;
template <class... M>
inline constexpr bool sendable<std::scoped_lock<M...>> = false;
template <class P>
inline constexpr bool sendable<std::coroutine_handle<P>> = false;

namespace detail {

// A type that contains itself, in a vector of its own for example, is met again below itself. There it
// adds nothing: what else is in it decides. So the values of `borrows` and `sendable` are asked for only
// where somebody has specialised them; another's is found anew, with the path that leads to it.

template <class T, class... Path>
consteval bool borrows_under() {
  if constexpr (std::is_reference_v<decltype(borrows<T>)>)
    return borrows_by_shape<T, Path...>();
  else
    return borrows<T>;
}
template <class T, class... Path>
consteval bool sendable_under() {
  if constexpr (std::is_reference_v<decltype(sendable<T>)>)
    return sendable_by_shape<T, Path...>();
  else
    return sendable<T>;
}

template <class... Path>
struct within_value_of {
  template <class T>
  struct owning : std::bool_constant<!borrows_under<T, Path...>()> {};
  template <class T>
  struct may_be_sent : std::bool_constant<sendable_under<T, Path...>()> {};

  template <class... T>
  static consteval bool any_borrows(piece_list<T...>) {
    return (borrows_under<T, Path...>() || ...);
  }
  template <class... T>
  static consteval bool all_sendable(piece_list<T...>) {
    return (sendable_under<T, Path...>() && ...);
  }
};

template <class T, class... Path>
consteval bool borrows_by_shape() {
  using within = within_value_of<T, Path...>;
  if constexpr ((std::same_as<T, Path> || ...)) {
    return false;
  } else if constexpr (std::is_const_v<T>) {
    return borrows_under<std::remove_const_t<T>, Path...>();
  } else if constexpr (std::is_pointer_v<T>) {
    return !std::is_function_v<std::remove_pointer_t<T>>;
  } else if constexpr (std::is_reference_v<T>) {
    return true;
  } else if constexpr (iterator<T>) {
    return true;
  } else if constexpr (in_pieces<T>) {
    return within::any_borrows(typename pieces_of<T>::type());
  } else if constexpr (open_aggregate<T>) {
    constexpr std::size_t n = initialiser_count<T>();
    return !made_of<T, within::template owning, n> || has_reference_member<T, n>();
  } else if constexpr (container<T>) {
    return borrows_under<typename T::value_type, T, Path...>();
  } else if constexpr (lent_range<T>) {
    return borrows_under<std::ranges::iterator_t<T>, T, Path...>();
  } else if constexpr (view_of_another<T>) {
    return borrows_under<std::remove_cvref_t<decltype(std::declval<T>().base())>, T, Path...>();
  } else {
    return false;
  }
}

template <class T, class... Path>
consteval bool sendable_by_shape() {
  using within = within_value_of<T, Path...>;
  if constexpr ((std::same_as<T, Path> || ...))
    return true;
  else if constexpr (std::is_const_v<T>)
    return sendable_under<std::remove_const_t<T>, Path...>();
  else if constexpr (iterator<T>)
    return sendable_under<typename element_of<T>::type, T, Path...>();
  else if constexpr (in_pieces<T>)
    return within::all_sendable(typename pieces_of<T>::type());
  else if constexpr (open_aggregate<T>)
    return made_of<T, within::template may_be_sent, initialiser_count<T>()>;
  else if constexpr (container<T>)
    return sendable_under<typename T::value_type, T, Path...>();
  else if constexpr (lent_range<T>)
    return sendable_under<std::ranges::iterator_t<T>, T, Path...>();
  else if constexpr (view_of_another<T>)
    return sendable_under<std::remove_cvref_t<decltype(std::declval<T>().base())>, T, Path...>();
  else
    return true;
}

template <class T>
concept task_like = is_task<std::remove_cvref_t<T>>;

/// No function, nor an object that could have a call operator.
template <class F>
concept uncallable = !std::is_class_v<F> && !std::is_union_v<F> && !std::is_member_pointer_v<F> &&
                     !std::is_function_v<std::remove_pointer_t<F>>;

/// A function, a member function, or a callable object without state.
template <class F>
inline constexpr bool captureless =
    std::is_pointer_v<F> || std::is_member_pointer_v<F> || std::is_empty_v<F>;

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
