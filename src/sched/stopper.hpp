#pragma once
// Carrying a request to stop to the tasks that wait.

#include "sched/runtime.hpp"

namespace aside::inline ASIDE_ABI::detail {

/// Ends the waits of a part's children, as far as a stop has been asked of them. Home core only.
void stop_children(nursery_part& p) noexcept;
/// Has the part's home core do that. Any thread, while the nursery lives; once per part.
void send_stop(nursery_part& p) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
