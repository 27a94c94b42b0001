#pragma once
// What `all` and `race` have in common: tasks and operations as branches.

#include <aside/detail/branches.hpp>
#include <aside/detail/combined.hpp>
#include <aside/task.hpp>

#include <array>
#include <iterator>
#include <tuple>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

template <class A>
concept branchable = is_task<A> || leaf_operation<A> || (combinator<A> && !bindable<A>);

template <class T, class Op>
task<T> await_branch(Op op) {
  co_return co_await unplaced<Op>(op);
}
template <class T, class Parts>
task<T> await_parts(Parts parts) {
  co_return co_await combined<Parts>(std::move(parts));
}

/// A coroutine that has not begun.
struct fresh {
  promise_base* root = nullptr;
  bool wraps = false;  // an operation: reports name the place where its group is awaited
};

template <class T>
fresh release_branch(task<T>& t) noexcept {
  return {t.release()};
}
template <class T>
fresh release_branch(task<T>&& t) noexcept {
  return release_branch(t);
}
template <class Op>
fresh release_branch(Op& op) {
  fresh f = release_branch(await_branch<typename branch_value<Op>::type>(std::move(op)));
  f.wraps = true;
  return f;
}
template <class Parts>
fresh release_branch(combined<Parts>& op) {
  return release_branch(await_parts<typename branch_value<combined<Parts>>::type>(op.release()));
}

/// Coroutines until they are awaited. Those that never are get reported.
template <std::size_t N>
class fresh_array {
 public:
  fresh_array() = default;
  fresh_array(fresh_array&& other) noexcept : all_(std::exchange(other.all_, {})) {}
  fresh_array& operator=(fresh_array&&) = delete;
  ~fresh_array() {
    for (fresh& f : all_)
      if (f.root != nullptr) never_awaited(*f.root);
  }
  void add(fresh f) noexcept { all_[n_++] = f; }
  void begin(branch* into, const std::source_location& at) noexcept {
    for (fresh& f : all_) {
      if (f.wraps) f.root->where_ = at;
      (into++)->root_ = std::exchange(f.root, nullptr);
    }
  }

 private:
  std::array<fresh, N> all_{};
  std::size_t n_ = 0;
};

/// As many branches as there are types.
template <std::size_t N>
class fixed_group : public branch_group {
 public:
  fixed_group(promise_base& self, ends_by how, fresh_array<N>& from) noexcept
      : branch_group(self, how) {
    from.begin(branches_.data(), self.where_);
    adopt(branches_.data(), N);
  }
  ~fixed_group() { destroy(branches_.data(), N); }

 protected:
  template <std::size_t I, class T>
  outcome_slot<T>& slot() noexcept {
    return static_cast<outcome_slot<T>&>(*branches_[I].root_);
  }
  [[nodiscard]] bool has_value(std::size_t i) const noexcept {
    return branches_[i].root_ != nullptr && branches_[i].root_->kind_ != outcome_kind::error;
  }
  std::array<branch, N> branches_;
};

/// As many branches as a range has elements.
class ranged_branches {
 public:
  ranged_branches() = default;
  ranged_branches(ranged_branches&&) = default;
  ranged_branches& operator=(ranged_branches&&) = delete;
  ~ranged_branches() {
    for (branch& b : all_)
      if (b.root_ != nullptr) never_awaited(*std::exchange(b.root_, nullptr));
    for (const fresh& f : fresh_)
      never_awaited(*f.root);
  }
  template <class T>
  void add(task<T> t) {
    fresh& place = fresh_.emplace_back();  // first: without memory for it, `t` is still a task
    place = release_branch(t);
  }
  /// All there will be.
  void close() {
    std::vector<branch> made(fresh_.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i].root_ = fresh_[i].root;
    }
    fresh_.clear();
    all_ = std::move(made);
  }

  std::vector<branch> all_;

 private:
  std::vector<fresh> fresh_;
};

class ranged_group : public branch_group {
 public:
  ranged_group(promise_base& self, ends_by how, ranged_branches from) noexcept
      : branch_group(self, how), branches_(std::move(from.all_)) {
    adopt(branches_.data(), static_cast<std::uint32_t>(branches_.size()));
  }
  ~ranged_group() { destroy(branches_.data(), static_cast<std::uint32_t>(branches_.size())); }

 protected:
  [[nodiscard]] static bool has_value(const branch& b) noexcept {
    return b.root_ != nullptr && b.root_->kind_ != outcome_kind::error;
  }
  std::vector<branch> branches_;
};

template <class R>
concept walkable = requires(R& range) {
  std::begin(range);
  std::end(range);
};

/// What fn(element) completes with.
template <class R, class F>
using branch_value_for = typename branch_value<
    std::remove_cvref_t<decltype(std::declval<F&>()(*std::begin(std::declval<R&>())))>>::type;

/// The branches fn(element) of a range.
template <class R, class F>
ranged_branches branches_for(R& range, F& fn) {
  ranged_branches all;
  for (auto&& element : range)
    all.add(fn(element));
  all.close();
  return all;
}

/// What a refused call gives, so that it is refused in one line.
template <class T>
struct refused {
  refused_awaiter<T> bind(promise_base& self) && noexcept;
};

/// What was meant by fn(element) of a refused call, and by a branch.
template <class F>
using meant_element = std::conditional_t<is_task<F>, typename meant<F>::type, meant_by<F>>;
template <class A>
struct meant_branch : std::conditional_t<function_like<A>, value_of<A>, meant<A>> {};
template <with_value A>
struct meant_branch<A> : branch_value<A> {};

template <class R, class F>
consteval bool may_branch() {
  using fn = std::remove_reference_t<F>;
  using range = std::remove_reference_t<R>;
  if constexpr (is_task<fn>) {
    static_assert(sizeof(fn*) == 0,
                  "aside: behind a range comes the function itself, not a task: write all(range, "
                  "f) instead of all(range, f(x))");
    return false;
  } else if constexpr (!requires(fn& f, range& r) { f(*std::begin(r)); }) {
    static_assert(sizeof(fn*) == 0,
                  "aside: the function cannot be called with an element of the range");
    return false;
  } else if constexpr (!is_task<decltype(std::declval<fn&>()(
                           *std::begin(std::declval<range&>())))>) {
    static_assert(sizeof(fn*) == 0,
                  "aside: the function must return an aside::task for each element");
    return false;
  } else {
    return true;
  }
}

template <class... A>
consteval bool may_branch_all() {
  constexpr bool can = sizeof...(A) > 0 && (branchable<A> && ...);
  if constexpr (sizeof...(A) == 0)
    static_assert(can, "aside: all and race take at least one branch: write all(f(x), g(y))");
  else if constexpr ((walkable<A> || ...))
    static_assert(can,
                  "aside: of a range write all(range, fn), where fn returns a task for each "
                  "element; at most so many at a time, each(range, 8, fn)");
  else if constexpr ((bindable<A> || ...))
    static_assert(can,
                  "aside: a branch is a task or an operation: of a oneshot's receiver write "
                  "race(receiver.as_result(), g()), of a generator race(generator.next(), g())");
  else
    static_assert(can,
                  "aside: a branch is a task or an operation: write all(f(x), stream.receive()), or "
                  "all(range, fn) with a function that returns a task");
  return can;
}

template <class... A>
inline constexpr bool range_and_function = false;
template <class R, class F>
inline constexpr bool range_and_function<R, F> = walkable<R>;

/// No argument, or several of which at least one is no branch; nor is it a range and a function.
template <class... A>
concept not_all_branches = (sizeof...(A) == 0 || !(branchable<std::remove_cvref_t<A>> && ...)) &&
                           !range_and_function<A...>;

}  // namespace aside::inline ASIDE_ABI::detail
