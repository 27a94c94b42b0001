#pragma once
// blocking(fn, args...): a call that holds its thread, on a thread that may be held.

#include <aside/detail/job.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

struct blocking_calls {
  static constexpr auto what = handover_wait::what::blocking;
  static void submit(job& j) noexcept { submit_blocking(j); }
  static void run(job& j, void (*body)(job&) noexcept) noexcept { body(j); }
};

}  // namespace detail

/// co_await blocking(fn, args...): calls the plain function fn(args...), with at most 5 arguments, on
/// a thread of the runtime's own pool, and gives what it returns. For calls that hold their thread:
/// files, name look-ups, other libraries. For computing, use `compute`. An operation, so it can be a
/// branch: `race(blocking(look_up, name), sleep_for(1s))`.
///
/// Arguments:  as spawn: copied or moved, owning and sendable; fn has no captures.
/// Resumes on: any core.
/// Threads:    started when needed, up to `options::blocking_threads`; then calls queue, up to
///             `options::blocking_queue`. Idle threads end after 10 s. See runtime_info.
/// Stopping:   a call that has not begun does not begin. One that runs is abandoned: the task goes on
///             unwinding at once, the call runs to its end, and its result or exception is dropped.
///             A runtime that ends waits 1 s for abandoned calls, then names them and leaves them.
/// Errors:     what fn threw; std::system_error with errc::overloaded when the queue is full.
/// Cost:       a switch of threads, about 10 us there and back.
inline constexpr detail::job_caller<detail::blocking_calls> blocking{};

}  // namespace aside::inline ASIDE_ABI
