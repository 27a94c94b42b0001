#include "system/text_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>

namespace aside_app {
namespace {

std::optional<std::uint64_t> number_in_front(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::string read_text(const std::string& path) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 4096> piece;
  ssize_t got = 0;
  while ((got = read(file, piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<std::size_t>(got));
  close(file);
  return text;
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) noexcept {
  std::size_t at = 0;
  while ((at = text.find(key, at)) != std::string_view::npos) {
    if (at == 0 || text[at - 1] == '\n') return number_in_front(text.substr(at + key.size()));
    at += key.size();
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_at(std::string_view text, std::size_t field) noexcept {
  text = text.substr(0, text.find('\n'));
  for (; field > 0; --field) {
    const auto blank = text.find_first_of(" \t");
    if (blank == std::string_view::npos) return std::nullopt;
    text.remove_prefix(blank);
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  }
  return number_in_front(text);
}

}  // namespace aside_app
