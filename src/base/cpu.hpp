#pragma once
// How many CPUs this process may use.

#include <aside/config.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// CPU affinity cut to the cgroup's quota, at least 1.
[[nodiscard]] ASIDE_API unsigned usable_cpus() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
