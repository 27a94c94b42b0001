#pragma once

#include <sys/types.h>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aside_app::ask {

/// Processors that a process may use: its affinity, and no more than its cgroup's quota.
double usable_cores(pid_t pid);

/// How often the process's cgroup, or one around it, was held back because its quota was used up.
std::uint64_t times_throttled(pid_t pid);

/// Cores in "max 100000" or "50000 100000" of cgroup 2's cpu.max; nothing when there is no limit.
std::optional<double> parse_cpu_max(std::string_view text) noexcept;

}  // namespace aside_app::ask
