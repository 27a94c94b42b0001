#pragma once
// What an error of accept(2) means for a server.

#include <aside/config.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

[[nodiscard]] bool accept_is_short_of_resources(int error) noexcept;
void report_accept(int error, std::uint16_t port) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
