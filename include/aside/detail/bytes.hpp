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
/// Room for bytes that is an array of characters.
inline std::span<std::byte> room_of(std::span<char> text) noexcept {
  return std::as_writable_bytes(text);
}
template <class T>
concept bytes_or_text = requires(const T& t) { bytes_of(t); };

}  // namespace aside::inline ASIDE_ABI::detail
