#pragma once
// What a type consists of, as far as that can be seen: behind check.hpp.

#include <aside/config.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace std {
template <class... T>
class variant;
template <class T, class E>
class expected;
}  // namespace std

namespace aside::inline ASIDE_ABI::detail {

// What an aggregate consists of is found by trial: would T{m, m, …} compile, where m converts to
// every type that a trait allows? Seen are the first 32 initialisers, in nested aggregates, arrays and
// bases too; not those behind a member that is itself made from anything (std::any). None of it runs;
// the bodies are there for clang's warning of functions without one.

template <template <class> class Allowed>
class stand_in {
 public:
  template <class T>
    requires Allowed<T&>::value
  operator T&() const& noexcept {
    std::unreachable();
  }
  template <class T>
    requires Allowed<T>::value
  operator T&&() const&& noexcept {
    std::unreachable();
  }

 private:
  // An error where it is found. Without it a nested aggregate that is not allowed would be made from
  // its own members, which may be.
  template <class T>
    requires(!Allowed<T>::value)
  operator T&&() const&& noexcept {
    std::unreachable();
  }
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
concept iterator = std::is_class_v<T> && (requires {
                     typename T::iterator_category;
                     typename T::reference;
                   } || requires(T& i) {
                     typename T::difference_type;
                     ++i;
                     requires std::is_lvalue_reference_v<decltype(*i)>;
                   });
template <class T>
struct element_of {
  using type = decltype(*std::declval<T&>());
};
template <class T>
  requires requires { typename T::reference; }
struct element_of<T> {
  using type = typename T::reference;
};

/// A range whose iterators outlive it, so its elements are somewhere else, or nowhere.
template <class T>
concept lent_range = std::is_class_v<T> && !std::is_empty_v<T> &&
                     std::ranges::enable_borrowed_range<T> &&
                     requires { typename std::ranges::iterator_t<T>; };

/// A view that is made from another one.
template <class T>
concept view_of_another = std::is_class_v<T> && std::ranges::enable_view<T> &&
                          requires { std::declval<T>().base(); };

/// The types that a value consists of, where the name of its own type says so.
template <class... T>
struct piece_list {};
template <class T>
struct pieces_of {};
template <class... T>
struct pieces_of<std::tuple<T...>> {
  using type = piece_list<T...>;
};
template <class... T>
struct pieces_of<std::variant<T...>> {
  using type = piece_list<T...>;
};
template <class A, class B>
struct pieces_of<std::pair<A, B>> {
  using type = piece_list<A, B>;
};
template <class T, class E>
struct pieces_of<std::expected<T, E>> {
  using type = piece_list<T, E>;
};
template <class T, std::size_t N>
struct pieces_of<std::array<T, N>> {
  using type = piece_list<T>;
};

template <class T>
concept in_pieces = requires { typename pieces_of<T>::type; };

}  // namespace aside::inline ASIDE_ABI::detail
