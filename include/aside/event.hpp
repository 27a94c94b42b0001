#pragma once
// event: one task waits until somebody sets it.

#include <aside/detail/check.hpp>

namespace aside::inline ASIDE_ABI {

class event;

namespace detail {

class ASIDE_AWAIT_IT event_wait : public leaf_awaiter<event_wait> {
 public:
  ASIDE_API explicit event_wait(event& e) noexcept;
  ASIDE_API bool attempt() noexcept;
  void await_resume() const noexcept {}

  armed arm(bool stop) noexcept;
  bool cancel() noexcept;

 private:
  event* event_;
  bool armed_ = false;
};

}  // namespace detail

/// An auto-reset signal: `set` lets one `wait` through, now or later; setting it twice is like once.
///
/// Waiters:   one at a time; a second one aborts, naming the place where it waits.
/// Resumes:   on the core of whoever sets it; from a foreign thread, on any core.
/// Stopping:  ends the wait; a signal that had arrived is kept for the next wait.
/// Lifetime:  outlives its waiter and every call of set. One that a scope's body declares does not: it dies
///            with the body, at a stop too, before the children end.
/// Cost:      8 bytes; one atomic read-modify-write for set, one for a wait. Never allocates.
class event {
 public:
  event() = default;
  /// Aborts, naming the place, when a task still waits.
  ~event() {
    if (word_.load(detail::memory_order_relaxed) > 1) died_under_a_waiter();
  }
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  ASIDE_API void set() noexcept;
  detail::event_wait wait() noexcept { return detail::event_wait(*this); }

 private:
  [[noreturn]] ASIDE_API void died_under_a_waiter() const noexcept;

  friend class detail::event_wait;
  // Values: 0 nothing, 1 set, otherwise the waiting leaf.
  detail::atomic<std::uintptr_t> word_{0};
};

template <>
inline constexpr bool shareable<event> = true;

}  // namespace aside::inline ASIDE_ABI
