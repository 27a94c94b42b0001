#pragma once

#include <string_view>

namespace aside_app {

/// Writes `line`, with a line end if it has none, as a whole. When nobody reads any more, nothing
/// happens.
void put_line(int descriptor, std::string_view line) noexcept;

/// Writes all of `text`.
void put_text(int descriptor, std::string_view text) noexcept;

}  // namespace aside_app
