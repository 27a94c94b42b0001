#include "base/clock.hpp"

namespace aside::inline ASIDE_ABI::detail {

clock::time_point clock_now() noexcept { return clock::now(); }

std::uint64_t now_ns() noexcept {
  return static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
}

}  // namespace aside::inline ASIDE_ABI::detail
