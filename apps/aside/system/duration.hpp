#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aside_app {

/// "20s", "1500ms", "2m", "1.5s", or "20" for seconds, from 1 ms to a week; nothing when it is none of
/// these.
std::optional<std::chrono::milliseconds> duration_from(std::string_view text) noexcept;

/// What to say about a text that `duration_from` does not take.
std::string no_duration(std::string_view text);

}  // namespace aside_app
