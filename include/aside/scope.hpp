#pragma once
// scope and supervise: tasks that live no longer than the block that spawned them.

#include <aside/detail/catch.hpp>
#include <aside/join.hpp>
#include <aside/stop.hpp>

#include <optional>

namespace aside::inline ASIDE_ABI {

class nursery;

namespace detail {

class [[nodiscard]] join_op : public leaf_awaiter<join_op> {
 public:
  ASIDE_API explicit join_op(nursery& n) noexcept;
  [[nodiscard]] bool attempt() const noexcept { return false; }
  void await_resume() const noexcept {}

  nursery* nursery_;
  bool counted_ = false;
};

enum class failure_policy : std::uint8_t { together, apart };

struct nursery_access;

template <spawn_kind Kind>
struct nursery_spawner : plain_spawner<nursery_spawner<Kind>, Kind> {
  explicit nursery_spawner(nursery& n) noexcept : into(&n) {}
  void start(task_header& t) const { start_in(*into, t, Kind == spawn_kind::local); }
  nursery* into;
};

struct nursery_joinable_spawner : joinable_spawner<nursery_joinable_spawner, spawn_kind::parallel> {
  explicit nursery_joinable_spawner(nursery& n) noexcept : into(&n) {}
  void start(joinable_header& t) const { start_in(*into, t); }
  nursery* into;
};

ASIDE_API void hold(nursery& n) noexcept;
ASIDE_API void let_go(nursery& n) noexcept;

}  // namespace detail

/// Where tasks are spawned into; given by `scope` and `supervise`, which outlive every child.
/// Shareable: pass `std::ref(n)` to children that spawn siblings, and a nursery_ref to tasks that may
/// live longer.
class nursery : private detail::stop_state {
 public:
  ASIDE_API explicit nursery(detail::failure_policy policy) noexcept;
  nursery(const nursery&) = delete;
  nursery& operator=(const nursery&) = delete;
  ASIDE_API ~nursery();

  /// spawn(fn, args...): runs fn(args...) as a child, on any core. As aside::spawn, but views and
  /// pointers to const or shareable objects are accepted: what was declared outside of the scope
  /// outlives its children. What the scope's own body declared does not: it dies when the body
  /// returns, often before its children begin, and a view of it is not refused. Declare outside of the
  /// scope what children refer to, or pass it by value.
  /// Callable from the scope's body and from its children. Cost: as aside::spawn; a child that ends
  /// on another core costs one atomic read-modify-write more.
  const detail::nursery_spawner<detail::spawn_kind::parallel> spawn{*this};
  /// spawn_local(fn, args...): as spawn, but the child stays on the calling core, and so does the
  /// calling task from here on: the two, and what else is spawned so, are concurrent but never
  /// parallel, and captures and references are fine.
  const detail::nursery_spawner<detail::spawn_kind::local> spawn_local{*this};
  /// spawn_joinable(fn, args...): as spawn, and returns a join_handle for what fn gives. An exception
  /// goes to whoever joins, not to the scope.
  const detail::nursery_joinable_spawner spawn_joinable{*this};

  /// Asks every child, and the scope's own body, to stop. Returns at once; who waits is told by the core on
  /// which it waits, so a task that computes there is heard out first. From anywhere, also from a
  /// foreign thread, as long as the scope has not ended when the call begins; it then does not end
  /// before the call has returned. Where nothing else makes sure of that, keep a nursery_ref.
  ASIDE_API void request_stop() noexcept;
  [[nodiscard]] bool stop_requested() const noexcept { return requested(); }
  /// Children that have not ended: a snapshot.
  [[nodiscard]] ASIDE_API std::size_t size() const noexcept;

 private:
  friend struct detail::nursery_access;
  // 1 for the body until it joins, and 1 for each part that has children or is not merged
  // (src/sched/part.hpp).
  detail::atomic<std::size_t> live_{1};
  detail::atomic<bool> joining_{false};
  detail::atomic<detail::nursery_part*> parts_{nullptr};
  detail::atomic<bool> failed_{false};  // won by the child whose error is kept
  detail::failure_policy policy_;
  detail::task_header* opener_ = nullptr;  // the task whose scope it is
  detail::leaf* joiner_ = nullptr;         // set before the body's 1 is given up
  std::exception_ptr error_;               // of the first failed child; read after the join
};

template <>
inline constexpr bool shareable<nursery> = true;

/// A way to spawn into a nursery from anywhere in its runtime: counted, sendable, copyable. The scope
/// does not end while one is held, so let it go: one that its own scope's body keeps for ever hangs.
class nursery_ref {
 public:
  /// From the scope's body or one of its children.
  explicit nursery_ref(nursery& n) noexcept : spawn(n), spawn_joinable(n) { detail::hold(n); }
  nursery_ref(const nursery_ref& other) noexcept : nursery_ref(*other.spawn.into) {}
  nursery_ref& operator=(const nursery_ref&) = delete;
  ~nursery_ref() { detail::let_go(*spawn.into); }

  /// As nursery::spawn and nursery::spawn_joinable; called by a task of the nursery's runtime.
  const detail::nursery_spawner<detail::spawn_kind::parallel> spawn;
  const detail::nursery_joinable_spawner spawn_joinable;

  void request_stop() noexcept { spawn.into->request_stop(); }
};

namespace detail {

/// What scope and supervise need of a nursery.
struct nursery_access {
  static void open(nursery& n, task_header& opener) noexcept {
    n.parent_ = opener.stop_;
    n.kind_ = stop_kind::scope;
    n.opener_ = &opener;
  }
  static task_header* opener(const nursery& n) noexcept { return n.opener_; }
  static stop_state& stop(nursery& n) noexcept { return n; }
  static nursery& of(const stop_state& its) noexcept {
    return static_cast<nursery&>(const_cast<stop_state&>(its));
  }
  static std::exception_ptr take_error(nursery& n) noexcept { return std::move(n.error_); }
  static void set_joiner(nursery& n, leaf& l) noexcept { n.joiner_ = &l; }
  static leaf* joiner(const nursery& n) noexcept { return n.joiner_; }
  static atomic<std::size_t>& live(nursery& n) noexcept { return n.live_; }
  static atomic<bool>& joining(nursery& n) noexcept { return n.joining_; }
  static atomic<nursery_part*>& parts(nursery& n) noexcept { return n.parts_; }
  static failure_policy policy(const nursery& n) noexcept { return n.policy_; }
  static void keep_error(nursery& n, std::exception_ptr e) noexcept {
    if (!n.failed_.exchange(true, memory_order_relaxed)) n.error_ = std::move(e);
  }
};

/// What a scope's body gives; void also where the body is refused.
template <class F>
struct body_result {
  using type = void;
};
template <class F>
  requires requires(F& fn, nursery& n) { typename task_result<decltype(fn(n))>::type; }
struct body_result<F> : task_result<decltype(std::declval<F&>()(std::declval<nursery&>()))> {};
template <class T>
struct body_result<task<T>> : task_result<task<T>> {};  // refused

template <class F>
consteval bool may_scope() {
  if constexpr (is_task<F>) {
    static_assert(never<F>,
                  "aside: scope takes a function, not a task: write scope([&](aside::nursery& n) "
                  "-> aside::task<> { co_await f(x); })");
    return false;
  } else if constexpr (!requires(F& fn, nursery& n) { fn(n); }) {
    static_assert(never<F>,
                  "aside: the body of a scope must take an aside::nursery&: write "
                  "[&](aside::nursery& n) -> aside::task<> { ...; co_return; }");
    return false;
  } else if constexpr (!is_task<decltype(std::declval<F&>()(std::declval<nursery&>()))>) {
    static_assert(never<F>,
                  "aside: the body of a scope must return a task: write "
                  "[&](aside::nursery& n) -> aside::task<> { ...; co_return; }");
    return false;
  } else {
    return true;
  }
}

template <class... A>
ASIDE_WRAPPER task<> refuse_scope() {
  static_assert(never<A...>,
                "aside: scope and supervise take one function: write scope([&](aside::nursery& n) "
                "-> aside::task<> { n.spawn(f, x); co_return; })");
  return refused_task<void>();
}

template <class F, class R>
task<R> run_scope(F body, failure_policy policy) {
  task_header& me = co_await this_task();
  nursery n(policy);
  nursery_access::open(n, me);
  std::optional<caught<R>> ended;
  try {
    caught<R> c = co_await catch_under(nursery_access::stop(n), body(n));
    ended.emplace(std::move(c));
  } catch (...) {  // the call itself, for example of a body that is no coroutine
    ended.emplace();
    ended->error = std::current_exception();
  }
  caught<R>& end = *ended;
  if (end.error || end.stopped) n.request_stop();
  co_await join_op(n);
  if (end.error) std::rethrow_exception(end.error);
  if (std::exception_ptr failed = nursery_access::take_error(n)) std::rethrow_exception(failed);
  const bool from_outside = me.stop_ != nullptr && me.stop_->requested();
  if (from_outside || (end.stopped && !std::is_void_v<R>)) co_await stop_here();
  co_return end.take();
}

}  // namespace detail

/// scope(body): runs body(nursery&) and returns its value when every task spawned into the nursery
/// has ended. The first failure, of the body or of a child, stops the others and is rethrown.
///
/// Stopping:  stops body and children at once, awaits them, then goes on outwards. While the body computes
///            they are told at its next wait; a shield in it hides nothing from them. A scope whose nursery
///            was asked to stop from inside returns normally; if it should have had a value and its
///            body was stopped before there was one, the awaiting coroutine ends as stopped.
/// Lifetime:  body may capture by reference; children end before the scope does. What the body itself
///            declares dies when the body returns, which may be before its children end, and at a
///            stop always is: declare outside of the scope what children refer to.
/// Cost:      one frame, and one small block for each core that spawned into it. Each wait below it looks at
///            its stop, about 1 ns; so scopes nested thousands deep cost the square of their depth.
template <class F>
ASIDE_WRAPPER auto scope(F body) -> task<typename detail::body_result<F>::type> {
  using result = typename detail::body_result<F>::type;
  if constexpr (detail::may_scope<F>())
    return detail::run_scope<F, result>(std::move(body), detail::failure_policy::together);
  else
    return detail::refused_task<result>();
}
template <class... A>
  requires(sizeof...(A) != 1)
ASIDE_WRAPPER task<> scope(A&&...) {
  return detail::refuse_scope<A...>();
}

/// supervise(body): as scope, but a child's failure is reported and its siblings live on: for
/// servers. Ended children are freed at once.
template <class F>
ASIDE_WRAPPER auto supervise(F body) -> task<typename detail::body_result<F>::type> {
  using result = typename detail::body_result<F>::type;
  if constexpr (detail::may_scope<F>())
    return detail::run_scope<F, result>(std::move(body), detail::failure_policy::apart);
  else
    return detail::refused_task<result>();
}
template <class... A>
  requires(sizeof...(A) != 1)
ASIDE_WRAPPER task<> supervise(A&&...) {
  return detail::refuse_scope<A...>();
}

}  // namespace aside::inline ASIDE_ABI
