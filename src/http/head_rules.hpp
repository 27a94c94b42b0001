#pragma once

#include <aside/config.hpp>
#include <aside/http/limits.hpp>
#include <aside/http/parser.hpp>
#include <aside/http/request.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI::http::detail {

// What a complete head must satisfy beyond its grammar. `status()` of the result is 0 when it does.
parser::failure check_head(request const& head, std::uint64_t content_length, limits const& rules);

// uri-host [":" port] of RFC 9110, not empty.
bool is_host(std::string_view text);

}  // namespace aside::inline ASIDE_ABI::http::detail
