#pragma once
// Durations and clocks, without the calendar, time zones and string streams of <chrono>, which would
// double the compile time of a small program. Where the lean header is missing, all of <chrono>.

#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif

#include <aside/config.hpp>

namespace aside::inline ASIDE_ABI::detail {

using clock = std::chrono::steady_clock;
[[nodiscard]] ASIDE_API clock::time_point clock_now() noexcept;
/// Some milliseconds behind, and four times as cheap.
[[nodiscard]] ASIDE_API clock::time_point clock_coarse_now() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
