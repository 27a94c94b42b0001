#pragma once
// runtime: tasks for a program whose threads are not tasks.

#include <aside/join.hpp>
#include <aside/options.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

class runtime;  // src/sched/runtime.hpp

/// Where the thread in block_on waits, on its stack.
struct caller {
  task_header* body = nullptr;
  atomic<unsigned> over{0};

  caller() = default;
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  /// The body's last act.
  ASIDE_API void finish() noexcept;
};

template <class T>
struct caller_of : caller {
  static_assert(!std::is_reference_v<T>,
                "aside: block_on's function returns a reference: return a "
                "value");
  using value_type = std::conditional_t<std::is_void_v<T>, no_value, T>;

  outcome_kind kind = outcome_kind::none;
  std::exception_ptr error;
  union {
    value_type value;
  };

  caller_of() noexcept {}
  ~caller_of() {
    if (kind == outcome_kind::value) value.~value_type();
  }
};

template <class T, class F>
struct caller_block : call_block<task_header, F> {
  using call_block<task_header, F>::call_block;
  caller_of<T>* caller = nullptr;

  static std::exception_ptr finish(task_header& t) noexcept {
    caller_of<T>& to = *static_cast<caller_block&>(t).caller;
    auto& root = static_cast<outcome_slot<T>&>(*t.root_);
    try {
      if constexpr (std::is_void_v<T>) {
        root.take();
        ::new (static_cast<void*>(&to.value)) no_value();
      } else {
        ::new (static_cast<void*>(&to.value)) T(root.take());
      }
      to.kind = outcome_kind::value;
    } catch (...) {
      to.error = std::current_exception();
      to.kind = outcome_kind::error;
    }
    return nullptr;
  }
  static void destroy_arguments(task_header& t) noexcept {
    auto& block = static_cast<caller_block&>(t);
    block.destroy_callable();
    block.caller->finish();
  }
};

template <class F, class... A>
consteval bool may_block_on() {
  if constexpr (task_like<F>) {
    static_assert(never<F>,
                  "aside: block_on takes the function and its arguments, not a task: write "
                  "block_on(f, x) instead of block_on(f(x))");
    return false;
  } else if constexpr (any_braced<A...>) {
    return refuse_braces<F>();
  } else if constexpr (!callable_with<std::remove_reference_t<F>, A...>) {
    static_assert(never<F>, "aside: block_on cannot call the function with these arguments");
    return false;
  } else if constexpr (!refers_to_arguments<F, A...>()) {
    static_assert(never<F>,
                  "aside: an argument would be converted to a temporary that is gone before the "
                  "task reads it: pass a value of the parameter's own type");
    return false;
  } else {
    constexpr bool runs = is_task<decltype(call(std::declval<F&>(), std::declval<A>()...))>;
    static_assert(runs, "aside: block_on needs a function that returns an aside::task");
    return runs;
  }
}

template <class F, class... A>
struct blocked_on {
  using type = meant_by<F>;
};
template <class F, class... A>
  requires requires {
    typename task_result<decltype(call(std::declval<F&>(), std::declval<A>()...))>::type;
  }
struct blocked_on<F, A...> : task_result<decltype(call(std::declval<F&>(), std::declval<A>()...))> {
};

[[nodiscard]] ASIDE_API runtime& open_runtime(const options& o);
ASIDE_API void close_runtime(runtime& rt) noexcept;
ASIDE_API void hold_runtime(runtime& rt) noexcept;
ASIDE_API void release_runtime(runtime& rt) noexcept;
ASIDE_API void stop_runtime(runtime& rt) noexcept;
[[nodiscard]] ASIDE_API runtime_info info_of(const runtime& rt) noexcept;
ASIDE_API void wait_for(runtime& rt, task_header& body, caller& c);
ASIDE_API void start_from_outside(runtime& rt, task_header& t) noexcept;
ASIDE_API void start_from_outside(runtime& rt, joinable_header& t) noexcept;
/// Throws errc::runtime_gone, having discarded the task.
ASIDE_API void start_by_handle(runtime& rt, task_header& t);
ASIDE_API void start_by_handle(runtime& rt, joinable_header& t);

struct blocker : spawner<blocker> {
  explicit blocker(runtime& r) noexcept : rt(&r) {}
  template <class F, class... A>
  typename blocked_on<F, A...>::type go(std::source_location site, F&& fn, A&&... args) const {
    using result = typename blocked_on<F, A...>::type;
    if constexpr (may_block_on<F, A...>()) {
      auto body = [&]() ASIDE_WRAPPER { return call(fn, std::forward<A>(args)...); };
      caller_of<result> here;
      auto& block = make_block<caller_block<result, decltype(body)>>(site, body);
      block.caller = &here;
      wait_for(*rt, block, here);
      if (here.kind == outcome_kind::error) std::rethrow_exception(here.error);
      if (here.kind == outcome_kind::none) throw_error(errc::stopped, "block_on");
      if constexpr (!std::is_void_v<result>) return std::move(here.value);
    } else {
      return refused_value<result>();
    }
  }
  runtime* rt;
};
struct outside_spawner : plain_spawner<outside_spawner, spawn_kind::detached> {
  explicit outside_spawner(runtime& r) noexcept : rt(&r) {}
  void start(task_header& t) const noexcept { start_from_outside(*rt, t); }
  runtime* rt;
};
struct outside_joinable_spawner : joinable_spawner<outside_joinable_spawner, spawn_kind::detached> {
  explicit outside_joinable_spawner(runtime& r) noexcept : rt(&r) {}
  void start(joinable_header& t) const noexcept { start_from_outside(*rt, t); }
  runtime* rt;
};
struct handle_spawner : plain_spawner<handle_spawner, spawn_kind::detached> {
  explicit handle_spawner(runtime& r) noexcept : rt(&r) {}
  void start(task_header& t) const { start_by_handle(*rt, t); }
  runtime* rt;
};
struct handle_joinable_spawner : joinable_spawner<handle_joinable_spawner, spawn_kind::detached> {
  explicit handle_joinable_spawner(runtime& r) noexcept : rt(&r) {}
  void start(joinable_header& t) const { start_by_handle(*rt, t); }
  runtime* rt;
};

}  // namespace detail

/// A way into a runtime that may outlive it. Copyable; any thread may use it.
class runtime_handle {
 public:
  runtime_handle(const runtime_handle& other) noexcept : runtime_handle(*other.spawn.rt) {}
  runtime_handle& operator=(const runtime_handle&) = delete;
  ~runtime_handle() { detail::release_runtime(*spawn.rt); }

  /// As runtime::spawn and runtime::spawn_joinable. Errors: also std::system_error with
  /// errc::runtime_gone when the runtime is being destroyed or has been.
  const detail::handle_spawner spawn;
  const detail::handle_joinable_spawner spawn_joinable;

 private:
  friend class runtime;
  explicit runtime_handle(detail::runtime& rt) noexcept : spawn(rt), spawn_joinable(rt) {
    detail::hold_runtime(rt);
  }
};

/// Workers that run tasks beside a program's own threads. Several may live in one process.
///
/// Start:   the workers run when the constructor returns. std::system_error when they cannot. Standard
///          files that are closed are treated as by run.
/// End:     the destructor asks every task to stop, awaits them and joins the workers. Threads in
///          block_on get errc::stopped there, unless their task still gives its value, and the destructor
///          awaits that they have left. Every other call has to have returned before it begins. Called by a
///          task of this runtime, or by its failure hook, it aborts and names where the task was spawned.
class runtime {
 public:
  explicit runtime(const options& o = options()) : runtime(detail::open_runtime(o)) {}
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  ~runtime() { detail::close_runtime(rt_); }

  /// block_on(fn, args...): runs fn(args...), with at most 5 arguments, as a task and returns its
  /// value when it has ended.
  ///
  /// Arguments:  used where they are: references are fine, the caller waits.
  /// Runs on:    the calling thread, which also runs other tasks while fn waits, as one more core; with
  ///             `block_on_runs_tasks(false)` only fn. While another thread is in block_on, fn runs
  ///             on the workers and the caller sleeps.
  /// Blocking:   fn may block its thread: what it has spawned runs on the workers. But what other tasks
  ///             have begun here and left waiting (timers, sockets, scopes) waits too meanwhile.
  /// Errors:     what fn threw; errc::stopped when it was stopped, which the runtime's destructor does, too:
  ///             a call that comes while that waits for others gives errc::stopped, without fn. Called by a
  ///             task: aborts.
  /// Cost:       about 0.1 us when fn need not wait.
  const detail::blocker block_on;

  /// spawn(fn, args...): as aside::spawn, from any thread.
  const detail::outside_spawner spawn;
  /// spawn_joinable(fn, args...): as aside::spawn_joinable, from any thread.
  const detail::outside_joinable_spawner spawn_joinable;

  /// Asks every task to stop; tasks that are spawned later are stopped at their first wait.
  void request_stop() noexcept { detail::stop_runtime(rt_); }
  [[nodiscard]] runtime_info info() const noexcept { return detail::info_of(rt_); }
  [[nodiscard]] runtime_handle handle() const noexcept { return runtime_handle(rt_); }

 private:
  explicit runtime(detail::runtime& rt) noexcept
      : block_on(rt), spawn(rt), spawn_joinable(rt), rt_(rt) {}
  detail::runtime& rt_;
};

template <>
inline constexpr bool shareable<runtime> = true;

}  // namespace aside::inline ASIDE_ABI
