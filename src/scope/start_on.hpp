#pragma once
// Putting a child on a particular core.

#include <aside/scope.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// Spawns into `n` a task that stays on core number `index`.
void start_on(nursery& n, task_header& t, unsigned index);

}  // namespace aside::inline ASIDE_ABI::detail
