#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aside_app {

/// 1234567 → "1,234,567".
std::string grouped(std::uint64_t value);

/// Rounded to `decimals` and grouped: 1234.56, 1 → "1,234.6".
std::string grouped(double value, unsigned decimals = 0);

/// Bytes in the unit a person would choose: "742 B", "39.5 kB", "1.2 GB" (powers of 1000).
std::string bytes_text(double bytes);

/// 1, "thread" → "1 thread"; 2,000, "thread" → "2,000 threads".
std::string counted(double value, std::string_view noun);

/// What comes from outside, without what would command a terminal: control characters become '?'.
std::string printable(std::string text);

/// How many columns of a terminal a UTF-8 text takes (no double-width characters).
std::size_t columns_of(std::string_view text) noexcept;

/// The text in lines of at most so many columns, cut between words; a word that is longer has a line of
/// its own and stays whole.
std::string wrapped(std::string_view text, std::size_t columns);

std::string padded_left(std::string_view text, std::size_t columns);
std::string padded_right(std::string_view text, std::size_t columns);

}  // namespace aside_app
