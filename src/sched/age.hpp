#pragma once
// age: how long a task has been as it is, without a look at the clock in each turn.
//
// A core keeps the time of its last look at the clock and writes it into the coroutine that begins to
// wait, whose promise has room for 32 bits. Units of 4 ms wrap after 208 days. A wait seems too long by
// what has passed since the look: the turns in between, of which docs/design/0003 says how many.

#include <aside/config.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

inline constexpr unsigned age_bits = 22;  // of a time in ns: 4.19 ms

[[nodiscard]] constexpr std::uint32_t age_at(std::uint64_t ns) noexcept {
  return static_cast<std::uint32_t>(ns >> age_bits);
}
/// Milliseconds from `since` to `now`; 0 when another core's look was a bit later.
[[nodiscard]] constexpr std::uint64_t age_ms(std::uint32_t since, std::uint32_t now) noexcept {
  constexpr std::uint32_t later = UINT32_MAX - (1u << 14);
  const std::uint32_t age = now - since;
  return age > later ? 0 : (std::uint64_t{age} << age_bits) / 1'000'000;
}

}  // namespace aside::inline ASIDE_ABI::detail
