#include "text/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace aside_app {

std::string grouped(std::uint64_t value) {
  auto digits = std::to_string(value);
  for (auto at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string grouped(double value, unsigned decimals) {
  const double scale = std::pow(10.0, decimals);
  const auto scaled = static_cast<std::uint64_t>(std::llround(std::fmax(value, 0) * scale));
  const auto unit = static_cast<std::uint64_t>(scale);
  auto text = grouped(scaled / unit);
  if (decimals > 0) {
    auto rest = std::to_string(scaled % unit);
    text += '.' + std::string(decimals - rest.size(), '0') + rest;
  }
  return text;
}

std::string counted(double value, std::string_view noun) {
  auto text = grouped(value) + ' ' + std::string{noun};
  return std::llround(value) == 1 ? text : text + 's';
}

std::string printable(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto letter = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    // U+0080 to U+009F command terminals, too.
    const bool is_command = letter == 0xc2 && next >= 0x80 && next < 0xa0;
    if (is_command) text.erase(i + 1, 1);
    if (is_command || letter < 0x20 || letter == 0x7f) text[i] = '?';
  }
  return text;
}

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> units{" B", " kB", " MB", " GB", " TB"};
  std::size_t unit = 0;
  while (bytes >= 10'000 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return grouped(bytes, unit > 0 && bytes < 1000 ? 1 : 0) + units[unit];
}

std::size_t columns_of(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80u) ++columns;
  return columns;
}

std::string wrapped(std::string_view text, std::size_t columns) {
  std::string lines;
  std::size_t used = 0;
  for (bool first = true; !text.empty(); first = false) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    const auto wide = columns_of(word);
    if (!first) {
      const bool fits = used + 1 + wide <= columns;
      lines += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    lines += word;
    used += wide;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string padded_left(std::string_view text, std::size_t columns) {
  const auto has = columns_of(text);
  return std::string(has < columns ? columns - has : 0, ' ') + std::string{text};
}

std::string padded_right(std::string_view text, std::size_t columns) {
  const auto has = columns_of(text);
  return std::string{text} + std::string(has < columns ? columns - has : 0, ' ');
}

}  // namespace aside_app
