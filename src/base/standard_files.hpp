#pragma once
// The numbers 0, 1 and 2, which everybody takes for stdin, stdout and stderr.

#include <aside/config.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// Opens /dev/null in the place of each that is closed, or else what is opened next would get its number,
/// and what anybody prints. Throws std::system_error.
void fill_standard_files();

}  // namespace aside::inline ASIDE_ABI::detail
