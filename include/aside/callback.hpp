#pragma once
// callback: what a C library calls when it is done, for one task that waits for it.

#include <aside/oneshot.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class T>
class ASIDE_AWAIT_IT callback_wait : public handover_wait {
 public:
  callback_wait(oneshot_taker<T>& from, parcel<T>* const& unclaimed) noexcept
      : handover_wait(from.get(), what::callback), from_(&from), unclaimed_(&unclaimed) {}
  [[nodiscard]] bool await_ready() noexcept {
    if (*unclaimed_ != nullptr) [[unlikely]]
      panic("a callback is awaited whose context nobody has: call context() first, and give that to "
            "who will end it",
            at_->where_);
    return handover_wait::await_ready();
  }
  T await_resume() {
    const auto got = from_->take(*this);
    if (got.all->kind() == outcome_kind::error) std::rethrow_exception(std::move(got.all->error()));
    if (got.all->kind() == outcome_kind::none) throw_error(errc::sender_gone, ops_->name);
    if constexpr (!std::is_void_v<T>) return std::move(got.all->value());
  }

 private:
  oneshot_taker<T>* from_;
  parcel<T>* const* unclaimed_;  // of the callback: its context, as long as nobody has it
};

}  // namespace detail

/// The completion of a call that another library makes, and calls back for, on any thread:
///
///   aside::callback<int> done;
///   const auto on_end = [](void* context, int status) {
///     aside::callback<int>::complete(context, status);
///   };
///   start_transfer(url, on_end, done.context());
///   const int status = co_await done.wait();
///
/// The context is a block of its own, so nothing dangles when the library calls late. Whoever has it
/// ends it once, by `complete`, `fail` or `drop`. A second end aborts and names the place where the
/// callback was made, as long as its value has not been taken; after that it is undefined, as for `free`,
/// and AddressSanitizer reports it. Where a library may call twice, count. What else
/// the library writes to has to live until then too: where the task may be stopped, keep it in T.
///
/// Completes when:  the context has been ended.
/// Resumes on:      the core of the thread that ended it; from a foreign thread, on any core.
/// Stopping:        ends the wait; the library is not told, and what comes later is destroyed there.
/// Errors:          what `fail` was given; std::system_error with errc::sender_gone after `drop`.
///                  std::bad_alloc from the constructor.
/// Cost:            one block from a per-thread pool; one atomic read-modify-write for each side.
template <class T = void>
class callback {
  static_assert(std::is_void_v<T> || sendable<T>,
                "aside: what a callback gives may not move to another core: hand over a sendable "
                "value, or make its target shareable");

 public:
  explicit callback(std::source_location at = std::source_location::current())
      : unclaimed_(&detail::parcel<T>::make(at)), taker_(*unclaimed_) {}
  callback(const callback&) = delete;
  callback& operator=(const callback&) = delete;
  ~callback() {
    if (unclaimed_ != nullptr) drop(unclaimed_);
  }

  /// What the library hands to its callback. Once: a second call aborts, naming the place.
  [[nodiscard]] void* context(std::source_location at = std::source_location::current()) noexcept {
    if (unclaimed_ == nullptr)
      detail::panic("the context of a callback was taken twice: one call, one callback", at);
    return std::exchange(unclaimed_, nullptr);
  }

  /// Gives the value and wakes the task. What constructing the T throws is thrown by the await, not
  /// here. False when nobody waits any more; the value is then destroyed here.
  template <class U = T>
    requires std::constructible_from<T, U>
  static bool complete(void* context, U&& value) noexcept {
    detail::parcel<T>& to = of(context);
    try {
      to.put(std::forward<U>(value));
    } catch (...) {
      to.put_error(std::current_exception());
    }
    return detail::oneshot_giver<T>(to).finish();
  }
  static bool complete(void* context) noexcept
    requires std::is_void_v<T>
  {
    of(context).put();
    return detail::oneshot_giver<T>(of(context)).finish();
  }
  /// Has the await throw `why`.
  static bool fail(void* context, std::exception_ptr why) noexcept {
    of(context).put_error(std::move(why));
    return detail::oneshot_giver<T>(of(context)).finish();
  }
  /// There will be no callback, for example because the call could not be made.
  static void drop(void* context) noexcept { detail::oneshot_giver<T>(of(context)).finish(); }

  /// Gives the value, once; an operation, so it can be a branch of `race` and `all`. Awaited before anybody
  /// has the context, it aborts, naming the place.
  detail::callback_wait<T> wait() noexcept {
    return detail::callback_wait<T>(taker_, unclaimed_);
  }

 private:
  static detail::parcel<T>& of(void* context) noexcept {
    return *static_cast<detail::parcel<T>*>(context);
  }

  detail::parcel<T>* unclaimed_;
  detail::oneshot_taker<T> taker_;
};

}  // namespace aside::inline ASIDE_ABI
