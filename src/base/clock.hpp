#pragma once
// The library's only look at the time.

#include <aside/detail/chrono.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

/// Nanoseconds of the monotonic clock.
[[nodiscard]] std::uint64_t now_ns() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
