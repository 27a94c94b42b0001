#pragma once
// race: several things at a time in one task, until one of them has ended.

#include <aside/detail/branch_op.hpp>

#include <optional>

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class T>
struct race_part {
  using type = std::optional<T>;
  static type take(outcome_slot<T>& s) { return type(s.take()); }
};
template <class T>
struct race_part<T&> {
  using type = T*;
  static type take(outcome_slot<T&>& s) { return &s.take(); }
};
template <>
struct race_part<void> {
  using type = bool;
  static type take(outcome_slot<void>&) noexcept { return true; }
};

template <class... T>
class [[nodiscard]] race_awaiter : public fixed_group<sizeof...(T)> {
 public:
  race_awaiter(promise_base& self, fresh_array<sizeof...(T)>& from) noexcept
      : fixed_group<sizeof...(T)>(self, branch_group::ends_by::any_end, from) {}

  std::tuple<typename race_part<T>::type...> await_resume() {
    this->settle();
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<typename race_part<T>::type...>(this->template part<I, T>()...);
    }(std::index_sequence_for<T...>());
  }

 private:
  template <std::size_t I, class T0>
  typename race_part<T0>::type part() {
    if (!this->has_value(I)) return {};
    return race_part<T0>::take(this->template slot<I, T0>());
  }
};

template <class... T>
class race_parts {
 public:
  explicit race_parts(fresh_array<sizeof...(T)> from) noexcept : from_(std::move(from)) {}
  race_awaiter<T...> bind(promise_base& self) && noexcept { return {self, from_}; }

 private:
  fresh_array<sizeof...(T)> from_;
};

template <class T>
class [[nodiscard]] race_of_range_awaiter : public ranged_group {
 public:
  race_of_range_awaiter(promise_base& self, ranged_branches from) noexcept
      : ranged_group(self, ends_by::any_end, std::move(from)) {}

  std::vector<typename race_part<T>::type> await_resume() {
    settle();
    std::vector<typename race_part<T>::type> values;
    values.reserve(branches_.size());
    for (branch& b : branches_) {
      if (has_value(b))
        values.push_back(race_part<T>::take(static_cast<outcome_slot<T>&>(*b.root_)));
      else
        values.emplace_back();
    }
    return values;
  }
};

template <class T>
class race_of_range_parts {
 public:
  explicit race_of_range_parts(ranged_branches from) noexcept : from_(std::move(from)) {}
  race_of_range_awaiter<T> bind(promise_base& self) && noexcept { return {self, std::move(from_)}; }

 private:
  ranged_branches from_;
};

}  // namespace detail

/// co_await race(f(x), g(y), …): runs them at the same time until the first has ended, stops the
/// others and awaits them. Gives a std::tuple with a part for each branch, in the order of the
/// arguments: a std::optional of its value; a pointer, when that is a reference; a bool, when it has
/// none. A branch is a task or an operation: `auto [bytes, late] = co_await
/// race(stream.receive(), aside::sleep_for(1s));`
///
/// Losing:     a loser whose operation had completed when it was to be stopped still delivers: then
///             several parts have a value, and none is lost. Look at each.
/// Runs in:    the awaiting task: branches take turns and are never parallel, so they may share its
///             locals.
/// Errors:     when the first to end has failed, that is rethrown once the losers have ended, and
///             their values are dropped; `as_result()` makes a failure a value like any other. A loser
///             that fails after a value has won goes to the error report.
/// Stopping:   from outside, stops every branch. A value that one of them still gives is delivered;
///             without any the stop goes on outwards. So it does when a branch stops by itself.
/// Lifetime:   what the expression refers to outlives the branches.
/// Cost:       no allocation beyond the branches' own frames; 88 bytes for each branch in the frame.
template <detail::branchable... A>
  requires(sizeof...(A) > 0)
auto race(A... branches) {
  detail::fresh_array<sizeof...(A)> made;
  (made.add(detail::release_branch(branches)), ...);
  using parts = detail::race_parts<typename detail::branch_value<A>::type...>;
  return detail::combined<parts>(parts(std::move(made)));
}
template <class... A>
  requires detail::not_all_branches<A...>
auto race(A&&...) {
  static_cast<void>(detail::may_branch_all<std::remove_cvref_t<A>...>());
  return detail::refused<std::tuple<
      typename detail::race_part<typename detail::meant_branch<std::decay_t<A>>::type>::type...>>();
}

/// co_await race(range, fn): the same with the branches fn(element), which are tasks; gives a
/// std::vector of their parts in the range's order. Of an empty range: nothing, at once.
/// Cost: linear; beyond the branches' own frames one array with 88 bytes for each, and the vector.
template <detail::walkable R, class F>
auto race(R&& range, F&& fn) {
  if constexpr (detail::may_branch<R, F>()) {
    using parts = detail::race_of_range_parts<detail::branch_value_for<R, F>>;
    return detail::combined<parts>(parts(detail::branches_for(range, fn)));
  } else {
    using part = detail::race_part<detail::meant_element<std::decay_t<F>>>;
    return detail::refused<std::vector<typename part::type>>();
  }
}

}  // namespace aside::inline ASIDE_ABI
