#pragma once
// holdup: says once what keeps a runtime from ending, when it was asked to five seconds ago.

#include "sched/runtime.hpp"

namespace aside::inline ASIDE_ABI::detail {

inline constexpr std::uint64_t holdup_ns = 5'000'000'000;

/// How long a core may sleep that would sleep for `ns`, so that somebody sees it.
[[nodiscard]] inline std::uint64_t holdup_limit(const runtime& rt, std::uint64_t ns) noexcept {
  return rt.stopping() && ns > holdup_ns ? holdup_ns : ns;
}
/// For every driver now and then: whoever is the first to find it so has the tasks printed.
void look_for_holdup(runtime& rt) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
