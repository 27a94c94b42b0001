#pragma once
// compute(fn, args...): a call that computes, on the CPUs that tasks leave free. A component of its
// own: find_package(aside COMPONENTS compute), aside::compute, aside-compute.pc.

#include <aside/detail/job.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// In the arena that all runtimes of the process share (src/compute/arena.cpp).
ASIDE_API void run_in_arena(job& j, void (*body)(job&) noexcept);

struct compute_calls {
  static constexpr auto what = handover_wait::what::compute;
  static void submit(job& j) noexcept { submit_compute(j); }
  static void run(job& j, void (*body)(job&) noexcept) { run_in_arena(j, body); }
};

}  // namespace detail

/// co_await compute(fn, args...): calls the plain function fn(args...), with at most 5 arguments, in a
/// oneTBB arena as large as the CPUs that affinity and cgroup quota leave us, and gives what it
/// returns. Inside of fn, tbb::parallel_for and its like, and std::execution::par, share this arena:
/// however many calls and runtimes there are, no more of its threads run than there are CPUs.
///
/// Arguments:  as spawn: copied or moved, owning and sendable; fn has no captures.
/// Resumes on: any core.
/// Threads:    as many calls at once as CPUs, each with the help of oneTBB's threads; then calls queue,
///             up to `options::compute_queue`. See runtime_info.
/// Stopping:   a call that has not begun does not begin. One that runs is abandoned: the task goes on
///             unwinding at once, the call runs to its end, and its result or exception is dropped.
///             To end it early, pass it the token of `with_stop_token` and look at it.
///             A runtime that ends waits 1 s for abandoned calls, then names them and leaves them.
/// Errors:     what fn threw; std::system_error with errc::overloaded when the queue is full.
/// Locks:      while fn waits for its own parallel loop, its thread runs parts of that loop only,
///             never of other calls.
/// Waiting:    fn must not wait for tasks, whose calls could then find no CPU: block_on and run abort in
///             it. Neither should it wait for anything else.
/// Cost:       a switch of threads, about 10 us there and back.
inline constexpr detail::job_caller<detail::compute_calls> compute{};

}  // namespace aside::inline ASIDE_ABI
