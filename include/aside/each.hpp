#pragma once
// each: a task for every element of a range, at most so many at a time.

#include <aside/event.hpp>
#include <aside/scope.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// Counts the tasks of one `each`. Its body waits, they leave.
class each_gate {
 public:
  void enter() noexcept { inside_.fetch_add(1, memory_order_relaxed); }
  void leave() noexcept {
    inside_.fetch_sub(1, memory_order_relaxed);
    freed_.set();
  }
  [[nodiscard]] std::size_t inside() const noexcept { return inside_.load(memory_order_relaxed); }
  [[nodiscard]] event_wait freed() noexcept { return freed_.wait(); }

 private:
  atomic<std::size_t> inside_{0};
  event freed_;
};

class each_place {
 public:
  explicit each_place(each_gate& g) noexcept : gate_(&g) {}
  each_place(const each_place&) = delete;
  each_place& operator=(const each_place&) = delete;
  ~each_place() { gate_->leave(); }

 private:
  each_gate* gate_;
};

}  // namespace detail

template <>
inline constexpr bool shareable<detail::each_gate> = true;

namespace detail {

template <class F, class T>
task<> each_one(each_gate* gate, F fn, T element) {
  const each_place place(*gate);
  co_await call(fn, std::move(element));
}

template <class Range>
concept each_range = requires(Range& range) {
  std::begin(range);
  std::end(range);
};

/// What each takes, by its shape.
template <class... A>
inline constexpr bool each_shape = false;
template <class Range, class N, class F>
inline constexpr bool each_shape<Range, N, F> =
    each_range<Range> && std::convertible_to<N, std::size_t> && !task_like<F>;

template <class... A>
consteval void refuse_each() {
  if constexpr ((task_like<A> || ...))
    static_assert(never<A...>,
                  "aside: each takes the function itself, not a task: write each(range, 8, f) "
                  "instead of each(range, 8, f(x))");
  else if constexpr (any_braced<A...>)
    static_assert(never<A...>,
                  "aside: a range in braces has no type of its own: write std::vector<int> "
                  "range{1, 2}, then each(range, 8, fn)");
  else
    static_assert(never<A...>,
                  "aside: each takes a range, how many may run at a time, and a function: write "
                  "each(range, 8, fn)");
}

}  // namespace detail

/// co_await each(range, at_most, fn): runs fn(element) for every element as a child task on any core,
/// at most `at_most` (0 counts as 1) of them at a time; returns when all have ended.
///
/// Arguments:  elements are copied into their tasks as spawn does; fn returns task<> and has no
///             captures. The range is walked by the calling task and must outlive the call.
/// Errors:     the first failure stops the others and is rethrown.
/// Stopping:   stops and awaits the children; elements whose turn had not come are left out.
/// Cost:       a spawn, and three atomic read-modify-writes, for each element.
template <class Range, class F>
  requires detail::each_shape<Range, std::size_t, F>
task<> each(Range&& range, std::size_t at_most, F fn) {
  using element = std::decay_t<decltype(*std::begin(range))>;
  if constexpr (detail::may_spawn<detail::spawn_kind::parallel, F, element>()) {
    detail::each_gate gate;
    co_await scope([&](nursery& children) -> task<> {
      for (auto&& one : range) {
        while (gate.inside() != 0 && gate.inside() >= at_most)
          co_await gate.freed();
        gate.enter();
        try {
          children.spawn(&detail::each_one<F, element>, &gate, fn,
                         std::forward<decltype(one)>(one));
        } catch (...) {
          gate.leave();
          throw;
        }
      }
    });
  }
  co_return;
}
template <class Range = detail::braced, class... A>
  requires(!detail::each_shape<Range, A...>)
ASIDE_WRAPPER task<> each(Range&&, A&&...) {
  detail::refuse_each<Range, A...>();
  return detail::refused_task<void>();
}

}  // namespace aside::inline ASIDE_ABI
