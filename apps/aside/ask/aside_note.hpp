#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aside_app::ask {

/// The address that a note of aside's leads to, where `notes` lie at `address` in memory; 0 when
/// there is none.
std::uint64_t block_in(std::span<const std::byte> notes, std::uint64_t address) noexcept;

}  // namespace aside_app::ask
