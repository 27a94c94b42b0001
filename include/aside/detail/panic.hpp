#pragma once
// Ending the process with a reason and a place.

#include <aside/config.hpp>

#include <source_location>

namespace aside::inline ASIDE_ABI::detail {

/// Reports a broken rule of use and aborts.
[[noreturn]] ASIDE_API void panic(const char* what, const std::source_location& where) noexcept;
/// The same of what has no place in the program.
[[noreturn]] ASIDE_API void panic(const char* what) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
