#pragma once
// The process's handlers of SIGINT, SIGTERM and SIGPIPE, while a runtime asks for them
// (docs/design/0011-signals.md).
//
// Invariants
//   P1  Who hears is in a list that changes under a lock and that the handler walks without one. It
//       says first that it is inside; who leaves the list waits until no handler is. So an ear, and
//       what is kept of the dispositions before, holds still under a handler.
//   P2  The handlers stand while the list is not empty; what there was before changes only while it
//       is, and no handler of ours stands. Only what is still ours is put back: a handler that somebody has
//       set meanwhile stays. Within 100 ms of the first signal a handler in the default's place stays when
//       the list becomes empty, for the request that comes twice: later it puts the default back itself.
//   P3  A process that is forked meanwhile hears nothing for its parent: there a signal does what it
//       did before.
// A handler makes system calls and touches lock-free atomics, and nothing else.

#include "base/atomic.hpp"

namespace aside::inline ASIDE_ABI::detail {

/// Told of the first SIGINT or SIGTERM since it, or another, came into the list. A further one does what
/// it did before there was a list, unless it comes at once: one request often comes twice, as from
/// timeout(1), which asks the process and then its group.
struct signal_ear {
  atomic<signal_ear*> next{nullptr};
  void (*hear)(signal_ear&, int signal) noexcept = nullptr;  // in a handler, on any thread
};

/// A signal that is ignored stays so: whoever started the program, a shell's background or nohup, has
/// said so. SIGPIPE is handled when it has its default disposition.
void listen_for_signals(signal_ear& e) noexcept;
/// Afterwards `e` is not touched any more. Not in a handler.
void stop_listening(signal_ear& e) noexcept;
/// Lets the calling thread take SIGINT and SIGTERM, in case that all others block them.
void let_signals_in() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
