#pragma once
// How many CPUs this process may use.

#include <aside/config.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// CPU affinity cut to the cgroup's quota, at least 1.
[[nodiscard]] ASIDE_API unsigned usable_cpus() noexcept;

/// The least quota of the control groups that this process is in, its own and those around it, rounded
/// up; 0: none. `groups` is /proc/self/cgroup or like it, `mount` /sys/fs/cgroup.
[[nodiscard]] unsigned quota_cpus(const char* groups, const char* mount) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
