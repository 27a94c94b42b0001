#pragma once
// Broken invariants of the library itself end the process with the place named.

#include <aside/detail/panic.hpp>

#define ASIDE_ASSERT(condition)                                                                 \
  do {                                                                                          \
    if (!(condition)) [[unlikely]]                                                              \
      ::aside::detail::panic("broken invariant: " #condition, std::source_location::current()); \
  } while (false)
