#pragma once

#include <string_view>

namespace aside_app {

/// Writes `line`, with a line end if it has none, as a whole. When it can't be written nothing
/// happens here; for stdout `output_error` tells afterwards.
void put_line(int descriptor, std::string_view line) noexcept;

/// Writes all of `text`; fails as `put_line` does.
void put_text(int descriptor, std::string_view text) noexcept;

/// The errno of the first write to stdout that failed since the program began; 0 when none did.
int output_error() noexcept;

}  // namespace aside_app
