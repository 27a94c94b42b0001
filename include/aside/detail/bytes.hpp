#pragma once
// Bytes or text, as what is written may be.

#include <aside/config.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace aside::inline ASIDE_ABI::detail {

inline std::span<const std::byte> bytes_of(std::span<const std::byte> bytes) noexcept {
  return bytes;
}
inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
/// Of characters, as std::span(buffer).first(n) of a `char buffer[64]` is.
template <class S>
inline constexpr bool is_char_span = false;
template <std::size_t N>
inline constexpr bool is_char_span<std::span<char, N>> = true;
template <std::size_t N>
inline constexpr bool is_char_span<std::span<const char, N>> = true;
template <class S>
concept char_span = is_char_span<S>;
template <char_span S>
std::span<const std::byte> bytes_of(S text) noexcept {
  return std::as_bytes(text);
}
/// Room for bytes that is an array of characters.
inline std::span<std::byte> room_of(std::span<char> text) noexcept {
  return std::as_writable_bytes(text);
}
template <class T>
concept bytes_or_text = requires(const T& t) { bytes_of(t); };

}  // namespace aside::inline ASIDE_ABI::detail
