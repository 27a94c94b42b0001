#pragma once

#include <aside/config.hpp>

#include <array>
#include <string_view>

// Character classes of RFC 9110 and RFC 3986. Plain ASCII, no locale.
namespace aside::inline ASIDE_ABI::http::detail {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline constexpr auto token_chars = [] {
  std::array<bool, 256> all{};
  for (unsigned c = 0; c != 128; ++c) {
    const auto one = static_cast<char>(c);
    all[c] = is_digit(one) || is_alpha(one) || std::string_view("!#$%&'*+-.^_`|~").contains(one);
  }
  return all;
}();

constexpr bool is_token_char(char c) { return token_chars[static_cast<unsigned char>(c)]; }

constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

// Visible characters, blanks and bytes above 127: what a field value may be made of.
constexpr bool is_value_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u == '\t' || (u >= 0x20 && u != 0x7f);
}

constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

constexpr bool is_value(std::string_view text) {
  bool all = true;  // without an early end, so that several characters are looked at at once
  for (const char c : text)
    all = all & is_value_char(c);
  return all && trim_blanks(text).size() == text.size();
}

// Takes the next element off a comma-separated list; empty elements are skipped. Empty at the end.
constexpr std::string_view next_list_element(std::string_view& list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto element = trim_blanks(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (!element.empty()) return element;
  }
  return {};
}

}  // namespace aside::inline ASIDE_ABI::http::detail
