#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aside_app::ask {

/// How long a thread ran each time that it was woken, within a factor of two.
class run_lengths {
 public:
  void add(std::uint64_t nanoseconds, std::uint64_t times = 1) noexcept;

  std::uint64_t count() const noexcept;
  /// Seconds: half of the runs were no longer. 0 when there were none.
  double typical() const noexcept;
  struct several {
    std::uint64_t times = 0;
    double seconds = 0;
  };
  /// Those that were as long as that, or longer.
  several from(double seconds) const noexcept;

 private:
  std::array<several, 24> by_length_{};  ///< from a microsecond on, each twice the one before
};

}  // namespace aside_app::ask
