#pragma once
// host: what a leaf may use of the core that runs its task.

#include <aside/detail/promise.hpp>

namespace aside::inline ASIDE_ABI::detail {

class timer_wheel;
class engine;

struct host {
  timer_wheel* wheel = nullptr;
  engine* io = nullptr;
  bool lends =
      false;  // constant: another carrier may take it over while user code runs (lease.hpp)
};

/// The host of the turn that runs on this thread; null outside of turns. User code may have lost it
/// meanwhile: what touches it goes through a host_guard (lease.hpp).
[[nodiscard]] host* this_host() noexcept;
void set_this_host(host* h) noexcept;

/// The task whose turn runs on this thread; null outside of turns.
[[nodiscard]] task_header* this_turn() noexcept;
extern thread_local constinit task_header* turn_here;  // for those two alone
inline void set_this_turn(task_header* t) noexcept { turn_here = t; }

/// The innermost branch that runs in that turn; null while none does.
[[nodiscard]] task_header* this_branch() noexcept;
void set_this_branch(task_header* b) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
