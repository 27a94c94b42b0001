#include "base/clock.hpp"

#include <ctime>

namespace aside::inline ASIDE_ABI::detail {

clock::time_point clock_now() noexcept { return clock::now(); }

clock::time_point clock_coarse_now() noexcept {
  timespec t{};
  if (::clock_gettime(CLOCK_MONOTONIC_COARSE, &t) != 0) return clock::now();
  return clock::time_point(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

std::uint64_t now_ns() noexcept {
  return static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
}

std::uint64_t coarse_now_ns() noexcept {
  return static_cast<std::uint64_t>(clock_coarse_now().time_since_epoch().count());
}

std::int64_t coarse_wall_seconds() noexcept {
  timespec t{};
  if (::clock_gettime(CLOCK_REALTIME_COARSE, &t) != 0) return ::time(nullptr);
  return t.tv_sec;
}

}  // namespace aside::inline ASIDE_ABI::detail
