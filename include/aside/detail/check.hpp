#pragma once
// What may cross a border between tasks: the checks behind spawn.

#include <aside/detail/atomic.hpp>
#include <aside/task.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

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
template <class... T>
class variant;
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

// What an aggregate consists of is found by trial: would T{m, m, …} compile, where m converts to
// every type that a trait allows? Seen are the first 32 initialisers, in nested aggregates, arrays and
// bases too; not those behind a member that is itself made from anything (std::any).

template <template <class> class Allowed>
struct stand_in {
  template <class T>
    requires Allowed<T&>::value
  operator T&() const& noexcept;
  template <class T>
    requires Allowed<T>::value
  operator T&&() const&& noexcept;
};

template <class T, template <class> class First, template <class> class Rest, std::size_t... I,
          std::size_t... J>
consteval bool made_from(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires { T{((void)I, stand_in<First>{})..., ((void)J, stand_in<Rest>{})...}; };
}
/// Can T be made from `first` members that First allows and `rest` members that Rest allows?
template <class T, template <class> class First, std::size_t first,
          template <class> class Rest = First, std::size_t rest = 0>
inline constexpr bool made_of =
    made_from<T, First, Rest>(std::make_index_sequence<first>{}, std::make_index_sequence<rest>{});

template <class T>
struct anything : std::true_type {};
template <class T>
struct default_made : std::is_default_constructible<T> {};
template <class T>
struct owning_of;
template <class T>
struct sendable_of;

// Too few initialisers leave out a member that has no default, too many are an error: in between
// lies one run of numbers that do, and its end is the number of members.
template <class T, std::size_t N = 0, bool Found = false>
consteval std::size_t initialiser_count() {
  if constexpr (N <= 32 && made_of<T, anything, N>)
    return initialiser_count<T, N + 1, true>();
  else if constexpr (Found)
    return N - 1;
  else if constexpr (N < 32)
    return initialiser_count<T, N + 1>();
  else
    return 0;
}

/// True when leaving out the last members is an error although their types have a default: one of
/// them is a reference.
template <class T, std::size_t N>
consteval bool has_reference_member() {
  return []<std::size_t... K>(std::index_sequence<K...>) {
    return ((made_of<T, anything, K, default_made, N - K> && !made_of<T, anything, K>) || ...);
  }(std::make_index_sequence<N>{});
}

template <class T>
concept open_aggregate = std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T>;

template <class T>
concept container = std::is_class_v<T> && requires { typename T::value_type; } &&
                    !std::same_as<typename T::value_type, T>;

/// Refers into a container, as a pointer does.
template <class T>
concept iterator = std::is_class_v<T> && requires {
  typename T::iterator_category;
  typename T::reference;
};

template <class T>
consteval bool borrows_by_shape();
template <class T>
consteval bool sendable_by_shape();

}  // namespace detail

/// May a value of this type outlive what it refers to? Specialise for your own views and handles:
/// `template <> inline constexpr bool aside::borrows<my_view> = true;`
template <class T>
inline constexpr bool borrows = detail::borrows_by_shape<T>();
template <class T>
inline constexpr bool borrows<const T> = borrows<T>;
template <class T>
inline constexpr bool borrows<std::reference_wrapper<T>> = true;
template <class C, class Traits>
inline constexpr bool borrows<std::basic_string_view<C, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool borrows<std::span<T, N>> = true;
template <class T>
inline constexpr bool borrows<std::initializer_list<T>> = true;
template <class... T>
inline constexpr bool borrows<std::tuple<T...>> = (borrows<T> || ...);
template <class... T>
inline constexpr bool borrows<std::variant<T...>> = (borrows<T> || ...);
template <class A, class B>
inline constexpr bool borrows<std::pair<A, B>> = borrows<A> || borrows<B>;
template <class T, std::size_t N>
inline constexpr bool borrows<std::array<T, N>> = borrows<T>;

/// May a value of this type move to another core? Specialise to say no (or yes) for your own types.
template <class T>
inline constexpr bool sendable = detail::sendable_by_shape<T>();
template <class T>
inline constexpr bool sendable<const T> = sendable<T>;
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
template <class... T>
inline constexpr bool sendable<std::tuple<T...>> = (sendable<T> && ...);
template <class... T>
inline constexpr bool sendable<std::variant<T...>> = (sendable<T> && ...);
template <class A, class B>
inline constexpr bool sendable<std::pair<A, B>> = sendable<A> && sendable<B>;

namespace detail {

template <class T>
struct owning_of : std::bool_constant<!borrows<T>> {};
template <class T>
struct sendable_of : std::bool_constant<sendable<T>> {};

template <class T>
consteval bool borrows_by_shape() {
  if constexpr (std::is_pointer_v<T>) {
    return !std::is_function_v<std::remove_pointer_t<T>>;
  } else if constexpr (std::is_reference_v<T>) {
    return true;
  } else if constexpr (iterator<T>) {
    return true;
  } else if constexpr (open_aggregate<T>) {
    constexpr std::size_t n = initialiser_count<T>();
    return !made_of<T, owning_of, n> || has_reference_member<T, n>();
  } else if constexpr (container<T>) {
    return borrows<typename T::value_type>;
  } else {
    return false;
  }
}

template <class T>
consteval bool sendable_by_shape() {
  if constexpr (iterator<T>)
    return sendable<typename T::reference>;
  else if constexpr (open_aggregate<T>)
    return made_of<T, sendable_of, initialiser_count<T>()>;
  else if constexpr (container<T>)
    return sendable<typename T::value_type>;
  else
    return true;
}

template <class T>
concept task_like = is_task<std::remove_cvref_t<T>>;

/// A function, a member function, or a callable object without state.
template <class F>
inline constexpr bool captureless =
    std::is_pointer_v<F> || std::is_member_pointer_v<F> || std::is_empty_v<F>;

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
