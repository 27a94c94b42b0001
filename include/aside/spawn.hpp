#pragma once
// spawn(fn, args...): a task of its own.

#include <aside/detail/block.hpp>
#include <aside/name.hpp>

namespace aside::inline ASIDE_ABI {

class nursery;

namespace detail {

enum class spawn_kind : std::uint8_t { detached, parallel, local };

template <class T>
struct task_result;
template <class T>
struct task_result<task<T>> {
  using type = T;
};

template <class F, class... A>
using made_by =
    decltype(call(std::declval<std::decay_t<F>&>(), std::declval<std::decay_t<A>>()...));

template <class F>
consteval bool refuse_braces() {
  static_assert(never<F>,
                "aside: an argument in braces has no type of its own: write spawn(f, order(1, "
                "\"x\")) instead of spawn(f, {1, \"x\"})");
  return false;
}

/// A function object may refuse arguments in its own words: F::may_start_with<any core?, args...>().
template <class F>
concept checks_arguments = requires { typename F::checks_arguments; };
template <bool AnyCore, class F, class... A>
consteval bool passes_own_check() {
  if constexpr (checks_arguments<F>)
    return F::template may_start_with<AnyCore, A...>();
  else
    return true;
}

/// The checks of everything that spawns; what the function returns is checked by who uses it.
template <spawn_kind Kind, class F, class... A>
consteval bool may_start() {
  using fn = std::decay_t<F>;
  if constexpr (task_like<F>) {
    static_assert(never<F>,
                  "aside: spawn takes the function and its arguments, not a task: write "
                  "spawn(f, x) instead of spawn(f(x))");
    return false;
  } else if constexpr (any_braced<A...>) {
    return refuse_braces<F>();
  } else if constexpr (uncallable<fn>) {
    static_assert(never<F>,
                  "aside: spawn takes a function first, which this is not: write spawn(f, x)");
    return false;
  } else if constexpr (Kind != spawn_kind::local && !captureless<fn>) {
    static_assert(never<F>,
                  "aside: a task that may run on any core cannot capture: pass what it needs as "
                  "arguments, spawn(fn, x), or use spawn_local");
    return false;
  } else if constexpr (!(std::is_constructible_v<std::decay_t<A>, A> && ...)) {
    if constexpr ((std::is_move_constructible_v<std::decay_t<A>> && ...))
      static_assert(never<F>,
                    "aside: an argument cannot be copied into the task: move it, std::move(x)");
    else if constexpr (Kind == spawn_kind::detached)
      static_assert(never<F>,
                    "aside: an argument can be neither copied nor moved into the task: pass it in a "
                    "std::unique_ptr, and for a nursery a nursery_ref");
    else
      static_assert(never<F>,
                    "aside: an argument can be neither copied nor moved into the task: pass "
                    "std::ref(x), of a nursery n std::ref(n)");
    return false;
  } else if constexpr (Kind == spawn_kind::detached && (borrows<std::decay_t<A>> || ...)) {
    static_assert(never<F>,
                  "aside: an argument of spawn is a view, pointer or reference that can outlive "
                  "its target: pass an owning value, or spawn it in a scope");
    return false;
  } else if constexpr (Kind != spawn_kind::local && !(sendable<std::decay_t<A>> && ...)) {
    static_assert(never<F>,
                  "aside: an argument of spawn may not move to another core: pass a sendable "
                  "value, make its target shareable, or use spawn_local");
    return false;
  } else if constexpr (!passes_own_check<Kind != spawn_kind::local, fn, std::decay_t<A>...>()) {
    return false;
  } else if constexpr (!callable_with<fn, std::decay_t<A>...>) {
    static_assert(never<F>,
                  "aside: the function cannot be called with these arguments, moved from the "
                  "task's own copies");
    return false;
  } else if constexpr (is_task<made_by<F, A...>> && !refers_to_arguments<fn, std::decay_t<A>...>()) {
    static_assert(never<F>,
                  "aside: an argument would be converted to a temporary that is gone before the "
                  "task reads it: pass a value of the parameter's own type");
    return false;
  } else {
    return true;
  }
}

template <spawn_kind Kind, class F, class... A>
consteval bool may_spawn() {
  if constexpr (!may_start<Kind, F, A...>()) {
    return false;
  } else {
    // Not task<void>: g++ calls a type in its messages what it was called first.
    constexpr bool returns_nothing = std::same_as<made_by<F, A...>, task<>>;
    static_assert(returns_nothing,
                  "aside: a spawned function must return aside::task<>; for a result, use "
                  "spawn_joinable");
    return returns_nothing;
  }
}

ASIDE_API void start_detached(task_header& t);
/// Without memory for the name the task is gone, and it throws.
ASIDE_API void name_or_discard(task_header& t, const task_name& n);

template <class F>
concept is_name = std::same_as<std::remove_cvref_t<F>, task_name>;

template <class... A>
consteval bool has_function() {
  static_assert(
      sizeof...(A) > 0,
      "aside: a spawn needs a function after the name: write spawn(task_name(\"x\"), f, x)");
  return sizeof...(A) > 0;
}

ASIDE_API void start_in(nursery& n, task_header& t, bool local);

/// spawn with the call's place in the source, which goes to Self::go. One overload per number of
/// arguments, because a default argument cannot follow a pack. An argument in braces has the type
/// `braced`, to be refused.
template <class Self>
struct spawner {
  using at = std::source_location;

  template <class Nothing = void>
  nothing_given operator()() const noexcept {
    static_assert(never<Nothing>,
                  "aside: spawn, and what is like it, takes a function and its arguments: write "
                  "spawn(f, x)");
    return {};
  }
  template <class F>
  auto operator()(F&& fn, at site = at::current()) const {
    return self().go(site, std::forward<F>(fn));
  }
  template <class F, class A = braced>
  auto operator()(F&& fn, A&& a, at site = at::current()) const {
    return self().go(site, std::forward<F>(fn), std::forward<A>(a));
  }
  template <class F, class A = braced, class B = braced>
  auto operator()(F&& fn, A&& a, B&& b, at site = at::current()) const {
    return self().go(site, std::forward<F>(fn), std::forward<A>(a), std::forward<B>(b));
  }
  template <class F, class A = braced, class B = braced, class C = braced>
  auto operator()(F&& fn, A&& a, B&& b, C&& c, at site = at::current()) const {
    return self().go(site, std::forward<F>(fn), std::forward<A>(a), std::forward<B>(b),
                     std::forward<C>(c));
  }
  template <class F, class A = braced, class B = braced, class C = braced, class D = braced>
  auto operator()(F&& fn, A&& a, B&& b, C&& c, D&& d, at site = at::current()) const {
    return self().go(site, std::forward<F>(fn), std::forward<A>(a), std::forward<B>(b),
                     std::forward<C>(c), std::forward<D>(d));
  }
  template <class F, class A = braced, class B = braced, class C = braced, class D = braced,
            class E = braced>
  auto operator()(F&& fn, A&& a, B&& b, C&& c, D&& d, E&& e, at site = at::current()) const {
    return self().go(site, std::forward<F>(fn), std::forward<A>(a), std::forward<B>(b),
                     std::forward<C>(c), std::forward<D>(d), std::forward<E>(e));
  }

  template <class F, class A, class B, class C, class D, class E, class G, class... More>
    requires(!std::same_as<std::remove_cvref_t<G>, at>)
  void operator()(F&&, A&&, B&&, C&&, D&&, E&&, G&&, More&&...) const {
    static_assert(
        never<G>,
        "aside: spawn, and what is like it, takes at most 5 arguments: put them into a struct");
  }

 private:
  [[nodiscard]] const Self& self() const noexcept { return static_cast<const Self&>(*this); }
};

template <class Self, spawn_kind Kind>
struct plain_spawner : spawner<Self> {
  /// spawn with a site given by the caller, and any number of arguments.
  template <class F, class... A>
    requires(!is_name<F>)
  spawned go(std::source_location site, F&& fn, A&&... args) const {
    if constexpr (may_spawn<Kind, F, A...>())
      static_cast<const Self&>(*this).start(
          make_task(site, std::forward<F>(fn), std::forward<A>(args)...));
    return {};
  }
  template <class... A>
  spawned go(std::source_location site, const task_name& n, A&&... fn_and_args) const {
    if constexpr (has_function<A...>()) {
      if constexpr (may_spawn<Kind, A...>()) {
        task_header& t = make_task(site, std::forward<A>(fn_and_args)...);
        name_or_discard(t, n);
        static_cast<const Self&>(*this).start(t);
      }
    }
    return {};
  }
};

struct detached_spawner : plain_spawner<detached_spawner, spawn_kind::detached> {
  void start(task_header& t) const { start_detached(t); }
};

}  // namespace detail

/// spawn(fn, args...): runs fn(args...), with at most 5 arguments, as a task of its
/// own, a child of the runtime's root.
///
/// Arguments:  copied or moved into the task (std::decay), then moved into fn's parameters. They must
///             own what they refer to and be sendable. fn is a function or has no captures.
/// Runs on:    any core; never on the caller's stack before spawn returns.
/// Ends:       by itself, or stopped when `run` returns. An exception goes to the error report.
/// Errors:     std::bad_alloc; what copying an argument throws. Outside a runtime: aborts.
/// Cost:       one allocation from a per-thread pool, no atomic read-modify-write.
inline constexpr detail::detached_spawner spawn{};

}  // namespace aside::inline ASIDE_ABI
