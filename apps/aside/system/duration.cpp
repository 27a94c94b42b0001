#include "system/duration.hpp"

#include <charconv>
#include <cmath>

namespace aside_app {

std::optional<std::chrono::milliseconds> duration_from(std::string_view text) noexcept {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  double milliseconds = value;
  if (unit == "s" || unit.empty())
    milliseconds = value * 1000;
  else if (unit == "m")
    milliseconds = value * 60'000;
  else if (unit != "ms")
    return std::nullopt;
  constexpr double a_week = 7.0 * 24 * 3600 * 1000;
  if (!(milliseconds >= 1 && milliseconds <= a_week)) return std::nullopt;
  return std::chrono::milliseconds{std::llround(milliseconds)};
}

std::string no_duration(std::string_view text) {
  return "'" + std::string{text} +
         "' is no duration from 1ms to 10080m (a week): write 20s, 1500ms or 2m";
}

}  // namespace aside_app
