#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aside_app {

/// "20s", "1500ms", "2m", "1.5s", or "20" for seconds; nothing when it is none of these or not
/// above zero.
std::optional<std::chrono::milliseconds> duration_from(std::string_view text) noexcept;

}  // namespace aside_app
