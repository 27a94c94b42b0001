#pragma once
// What every task of a live process waits for.

#include <aside/config.hpp>

#include <source_location>

namespace aside::inline ASIDE_ABI {

/// Writes the await trees of the calling task's runtime to a file descriptor, stderr by default: for
/// each task its name and where it was spawned, the lines of its awaits from the outermost inwards, the
/// operation that it waits in, and for how long; the branches of `all` and `race` below it.
///
/// Times:   in steps of 4 ms, up to 200 days. A wait may seem longer by what its core ran before, since
///          it last looked at the clock: at most 976 turns, 61 where it has sockets or timers.
/// Returns at once: each core copies what it knows between two turns, and a thread of its own formats
/// and writes it. `fd` stays open until it has. A core that does not answer within a second, because
/// a task holds it, is named. Tasks are looked at one after the other while the others go on, so it
/// is no snapshot of one instant; a task that runs at its moment is shown without its awaits.
/// Limits:  10,000 tasks a core; how many others there are is said. The innermost 64 awaits of a task, and of
///          each of its branches; a … stands for the others.
/// By itself: the same goes to stderr when nothing is left that could wake a task, and five seconds after
///          a stop if tasks still go on. When the former is not seen: docs/footguns/blocking-the-executor.md.
/// Errors:  std::system_error when no thread can be started. Outside of a task: aborts, naming the place.
/// Cost:    nothing until it is called; then about a microsecond a task on the core that spawned it.
ASIDE_API void dump_tasks(int fd = 2,
                          std::source_location at = std::source_location::current());

}  // namespace aside::inline ASIDE_ABI
