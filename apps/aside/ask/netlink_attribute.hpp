#pragma once

#include <cstddef>
#include <span>

namespace aside_app::ask {

/// What the kernel has attached to an answer under this number, behind its head of so many bytes;
/// empty if nothing is. One that is cut short or of impossible size ends the search.
std::span<const std::byte> attribute_in(std::span<const std::byte> body, std::size_t head,
                                        unsigned number) noexcept;

}  // namespace aside_app::ask
