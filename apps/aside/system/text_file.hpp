#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aside_app {

/// All of a small text file such as those in /proc; empty when it can't be read.
std::string read_text(const std::string& path);

/// The number that follows `key` and blanks at the beginning of a line.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) noexcept;

/// The number in the given field (from 0) of the first line, fields being separated by blanks.
std::optional<std::uint64_t> number_at(std::string_view text, std::size_t field) noexcept;

}  // namespace aside_app
