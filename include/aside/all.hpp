#pragma once
// all: several things at a time in one task, and then all their results.

#include <aside/detail/branch_op.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class T>
auto all_part(outcome_slot<T>& s) {
  if constexpr (std::is_void_v<T>) {
    s.take();
    return std::tuple<>();
  } else {
    return std::tuple<T>(s.take());
  }
}
/// The type of that.
template <class T>
std::conditional_t<std::is_void_v<T>, std::tuple<>, std::tuple<T>> all_values() noexcept;

template <class... T>
class [[nodiscard]] all_awaiter : public fixed_group<sizeof...(T)> {
 public:
  all_awaiter(promise_base& self, fresh_array<sizeof...(T)>& from) noexcept
      : fixed_group<sizeof...(T)>(self, branch_group::ends_by::failure, from) {}

  auto await_resume() {
    this->settle();
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      using values = decltype(std::tuple_cat(all_part(this->template slot<I, T>())...));
      if constexpr (std::same_as<values, std::tuple<>>)
        (all_part(this->template slot<I, T>()), ...);
      else
        return std::tuple_cat(all_part(this->template slot<I, T>())...);
    }(std::index_sequence_for<T...>());
  }
};

template <class... T>
class all_parts {
 public:
  explicit all_parts(fresh_array<sizeof...(T)> from) noexcept : from_(std::move(from)) {}
  all_awaiter<T...> bind(promise_base& self) && noexcept { return {self, from_}; }

 private:
  fresh_array<sizeof...(T)> from_;
};

template <class T>
class [[nodiscard]] all_of_range_awaiter : public ranged_group {
 public:
  all_of_range_awaiter(promise_base& self, ranged_branches from) noexcept
      : ranged_group(self, ends_by::failure, std::move(from)) {}

  auto await_resume() {
    settle();
    if constexpr (!std::is_void_v<T>) {
      using value = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;
      std::vector<value> values;
      values.reserve(branches_.size());
      for (branch& b : branches_) {
        auto& slot = static_cast<outcome_slot<T>&>(*b.root_);
        if constexpr (std::is_reference_v<T>)
          values.push_back(&slot.take());
        else
          values.push_back(slot.take());
      }
      return values;
    }
  }
};

template <class T>
class all_of_range_parts {
 public:
  explicit all_of_range_parts(ranged_branches from) noexcept : from_(std::move(from)) {}
  all_of_range_awaiter<T> bind(promise_base& self) && noexcept { return {self, std::move(from_)}; }

 private:
  ranged_branches from_;
};

}  // namespace detail

/// co_await all(f(x), g(y), …): runs them at the same time and gives a std::tuple of their values, in
/// the order of the arguments; a branch without a value adds none, and without any all gives none.
/// A branch is a task or an operation: `all(stream.receive(), save(x))`.
///
/// Runs in:    the awaiting task: branches take turns and are never parallel, so they may share its
///             locals. For parallelism spawn.
/// Errors:     the first failure stops the other branches, and is rethrown when they have ended; a
///             further failure, and the values of the others, are dropped then.
/// Stopping:   stops every branch, and goes on outwards when all have ended. When nothing but values
///             came of it they are delivered.
/// Lifetime:   what the expression refers to outlives the branches.
/// Cost:       no allocation beyond the branches' own frames; 88 bytes for each branch in the frame.
template <detail::branchable... A>
  requires(sizeof...(A) > 0)
auto all(A... branches) {
  detail::fresh_array<sizeof...(A)> made;
  (made.add(detail::release_branch(branches)), ...);
  using parts = detail::all_parts<typename detail::branch_value<A>::type...>;
  return detail::combined<parts>(parts(std::move(made)));
}
template <class... A>
  requires detail::not_all_branches<A...>
auto all(A&&...) {
  static_cast<void>(detail::may_branch_all<std::remove_cvref_t<A>...>());
  return detail::refused<decltype(std::tuple_cat(
      detail::all_values<typename detail::meant_branch<std::decay_t<A>>::type>()...))>();
}

/// co_await all(range, fn): the same with the branches fn(element), which are tasks; gives a
/// std::vector of their values in the range's order (of pointers, when they are references).
/// fn is called for each element at once, and may refer to it; the branches begin when awaited.
/// Cost: linear; beyond the branches' own frames one array with 88 bytes for each, and the vector.
template <detail::walkable R, class F>
auto all(R&& range, F&& fn) {
  if constexpr (detail::may_branch<R, F>()) {
    using parts = detail::all_of_range_parts<detail::branch_value_for<R, F>>;
    return detail::combined<parts>(parts(detail::branches_for(range, fn)));
  } else {
    using value = detail::meant_element<std::decay_t<F>>;
    if constexpr (std::is_void_v<value>)
      return detail::refused<void>();
    else
      return detail::refused<std::vector<value>>();
  }
}

}  // namespace aside::inline ASIDE_ABI
