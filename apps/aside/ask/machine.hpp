#pragma once

#include <sys/types.h>

namespace aside_app::ask {

/// Processors that a process may use: its affinity, and no more than its cgroup's quota.
double usable_cores(pid_t pid);

}  // namespace aside_app::ask
