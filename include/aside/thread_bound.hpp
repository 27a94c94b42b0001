#pragma once
// thread_bound: an object that only the thread that made it may use.

#include <aside/detail/check.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {
/// The same on one thread, different on any two that live.
[[nodiscard]] ASIDE_API const void* thread_mark() noexcept;
[[noreturn]] ASIDE_API void died_elsewhere(const std::source_location& made) noexcept;
}  // namespace detail

/// Keeps what belongs to one thread: the handle of a library that has state per thread, a
/// thread-local cache. Tasks change threads where they wait. One that `spawn_local` has started, or that has
/// called it, stays on its core, and that is one thread, but
///   with `options::takeover`;
///   in a `runtime`, if a thread in block_on has run it beside its own function: threads take turns at that
///   core. block_on's function and its local children have one thread; with
///   `options::block_on_runs_tasks(false)` so has every task.
///
/// Checks:  it is not sendable, so spawn refuses it when it is compiled. Using or destroying it on
///          another thread aborts, naming the place; in every build.
/// Cost:    a pointer and a place beside the T; one comparison for each use.
template <class T>
class thread_bound {
 public:
  explicit thread_bound(T value, std::source_location at = std::source_location::current())
      : made_(at), value_(std::move(value)) {}
  thread_bound(thread_bound&& other)
      : made_(other.made_), owner_(other.owner_), value_(std::move(other.get())) {}
  thread_bound& operator=(thread_bound&&) = delete;
  ~thread_bound() {
    if (owner_ != detail::thread_mark()) detail::died_elsewhere(made_);
  }

  [[nodiscard]] T& get(std::source_location at = std::source_location::current()) {
    if (owner_ != detail::thread_mark())
      detail::panic("a thread_bound object was used on another thread than the one that made it",
                    at);
    return value_;
  }

 private:
  std::source_location made_;
  const void* owner_ = detail::thread_mark();
  T value_;
};

template <class T>
inline constexpr bool sendable<thread_bound<T>> = false;

}  // namespace aside::inline ASIDE_ABI
