#pragma once
// Being stopped.

#include <aside/config.hpp>

namespace aside::inline ASIDE_ABI {

/// True while the running task is being unwound by a stop: in destructors.
[[nodiscard]] ASIDE_API bool stopping() noexcept;

}  // namespace aside::inline ASIDE_ABI
