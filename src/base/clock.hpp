#pragma once
// The library's only look at the time.

#include <aside/detail/chrono.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

/// Nanoseconds of the monotonic clock.
[[nodiscard]] std::uint64_t now_ns() noexcept;
/// The same as of the last tick of the kernel's, a few milliseconds behind and a third of the price.
[[nodiscard]] std::uint64_t coarse_now_ns() noexcept;
/// Seconds since 1970 of the wall clock, as of the last tick of the kernel's. Exported for aside_http.
[[nodiscard]] ASIDE_API std::int64_t coarse_wall_seconds() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
