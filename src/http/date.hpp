#pragma once

#include <aside/http/response.hpp>

#include <chrono>

#include <string_view>

namespace aside::inline ASIDE_ABI::http::detail {

inline constexpr std::size_t date_size = 29;

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7), written to `to`.
std::string_view format_date(char (&to)[date_size], std::chrono::sys_seconds at) noexcept;

/// "Date: …" of now, with its line end. The text is the thread's own: valid until the next call on it.
std::string_view date_line() noexcept;

}  // namespace aside::inline ASIDE_ABI::http::detail
