#pragma once
// task_local<T>: a value that is known to everything that a call does, without being passed along.

#include <aside/detail/catch.hpp>
#include <aside/detail/check.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// A value while it is bound. It lies in the chain of stops, which children inherit, and is never
/// requested itself.
struct local_binding : stop_state {
  const void* key_;
  const void* value_;

 protected:
  local_binding(const stop_state* outside, const void* key, const void* value) noexcept
      : key_(key), value_(value) {
    parent_ = outside;
    kind_ = stop_kind::binding;
  }
};

template <class T>
struct bound_value : local_binding {
  T kept_;
  bound_value(const stop_state* outside, const void* key, T& value) noexcept
      : local_binding(outside, key, &kept_), kept_(std::move(value)) {}
};

/// The innermost value that is bound to the key where the calling task is; null: none.
[[nodiscard]] ASIDE_API const void* find_bound(const void* key) noexcept;

template <class T>
consteval bool may_bind() {
  if constexpr (!std::is_object_v<T> || std::is_const_v<T>)
    static_assert(never<T>, "aside: a task_local binds a value: for a reference, a pointer");
  else if constexpr (!std::is_nothrow_move_constructible_v<T>)
    static_assert(never<T>,
                  "aside: a task_local's value must move without exceptions: bind a "
                  "std::shared_ptr to it");
  else if constexpr (!shareable<const T>)
    static_assert(never<T>,
                  "aside: a task_local's value is read from several cores: make it shareable");
  else if constexpr (alignof(T) > 16)
    static_assert(
        never<T>,
        "aside: a task_local's value cannot be over-aligned: bind a std::shared_ptr to it");
  return true;
}

template <class T, class R>
class with_parts {
 public:
  with_parts(const void* key, T&& value, task<R>& t) noexcept
      : key_(key), value_(std::move(value)), task_(t) {}
  below_awaiter<R, bound_value<T>> bind(promise_base& self) && noexcept {
    return {&self, task_.release(), key_, value_};
  }

 private:
  const void* key_;
  T value_;
  unstarted<R> task_;
};

}  // namespace detail

/// A value that is bound for the time of a call, and known to whatever runs in it:
///
///     aside::task_local<request_id> current;             // usually global
///     co_await current.with(id, handle(request));        // in handle and below: *current.get() == id
///
/// Seen by:     f and what it awaits; the branches of its `all` and `race`; the children of every scope
///              that is opened inside, on any core, and theirs; clean-up of `finally`.
/// Not seen by: tasks of `aside::spawn`, and children spawned from inside into a scope that was opened
///              outside: they may outlive the call. Nor by the function of `blocking`, or what else runs
///              outside of tasks: a call that was stopped may outlive it too. Pass them what they need.
/// Sharing:     T is read from several cores at once, as const.
/// Cost:        nothing for tasks that use none. The value lies in the frame that awaits with(), and is
///              moved there twice. get() walks outwards over the scopes, timeouts, races and bindings around the caller, about a
///              nanosecond each, and every wait below with() looks at one more of them.
template <class T>
class task_local {
 public:
  using checked = std::bool_constant<detail::may_bind<T>()>;

  constexpr task_local() noexcept = default;
  task_local(const task_local&) = delete;
  task_local& operator=(const task_local&) = delete;

  /// The innermost value bound around the calling task's code; null where there is none, as outside of
  /// tasks. Valid until that with() has ended. In destructors that a stop runs, as before it.
  [[nodiscard]] const std::remove_reference_t<T>* get() const noexcept {
    return static_cast<const std::remove_reference_t<T>*>(detail::find_bound(this));
  }

  /// co_await with(value, f(x)): f's value, or exception, with `value` bound meanwhile. Nests: the
  /// innermost counts. A stop goes through. Awaited in the expression that makes it, like a task.
  template <class R>
  auto with(T value, task<R> t) const noexcept {
    using parts = detail::with_parts<T, R>;
    return detail::combined<parts>(parts(this, std::move(value), t));
  }
  template <class F>
    requires(!detail::is_task<std::remove_cvref_t<F>>)
  auto with(T value, F&&) const noexcept {
    static_assert(detail::never<F>,
                  "aside: task_local::with takes a task, the call of a coroutine: write "
                  "with(value, f(x))");
    return with(std::move(value), detail::task_instead<F>());
  }
};

}  // namespace aside::inline ASIDE_ABI
