#pragma once
// How much a stress test does.

#include "unit/run_test.hpp"

#include <cstdlib>

namespace aside_test {

/// Rounds of a stress test: a tenth under sanitizers, twenty times as many with ASIDE_LONG=1.
inline int rounds(int normal) {
  const char* const wanted = std::getenv("ASIDE_LONG");
  const bool is_long = wanted != nullptr && *wanted != '\0' && *wanted != '0';
  return scaled(normal) * (is_long ? 20 : 1);
}

/// A small generator that each task can own.
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  unsigned operator()(unsigned below) noexcept {
    return static_cast<unsigned>((seed() >> 24) % below);
  }
  /// For further dice. Of all 64 bits: among few seeds some lead to each other, and what they roll never ends.
  std::uint64_t seed() noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  std::uint64_t state_;
};

}  // namespace aside_test

template <>
inline constexpr bool aside::shareable<aside_test::tally> = true;
