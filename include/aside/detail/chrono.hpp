#pragma once
// Durations and clocks, without the calendar, time zones and string streams of <chrono>, which would
// double the compile time of a small program. Where the lean header is missing, all of <chrono>.

#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif

#include <aside/config.hpp>

#include <type_traits>

namespace aside::inline ASIDE_ABI::detail {

using clock = std::chrono::steady_clock;
[[nodiscard]] ASIDE_API clock::time_point clock_now() noexcept;
/// Some milliseconds behind, and four times as cheap.
[[nodiscard]] ASIDE_API clock::time_point clock_coarse_now() noexcept;

/// `d` in the unit of To, rounded up, or as near as To can come; what is no number is To's smallest. For
/// every duration that a program gives: the conversion of <chrono> overflows.
template <class To, class Rep, class Period>
constexpr To within(std::chrono::duration<Rep, Period> d) {
  using namespace std::chrono;
  if constexpr (std::is_same_v<decltype(d), To>) {
    return d;
  } else {
    const duration<double, typename To::period> about(d);
    if (about.count() >= static_cast<double>(To::max().count())) return To::max();
    if (!(about.count() > static_cast<double>(To::min().count()))) return To::min();
    if constexpr (treat_as_floating_point_v<Rep>)
      return ceil<To>(about);
    else
      return ceil<To>(d);
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
