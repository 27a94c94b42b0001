#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ask/cause.hpp"

namespace aside_app::ask {

/// Waits shorter than this are no waits that anybody would remedy, and are counted apart.
constexpr std::uint64_t shortest_wait_ns = 1'000'000;

/// A number of waits and their lengths.
struct wait_sum {
  double count = 0;
  double seconds = 0;
  double squares = 0;

  void add(double length) noexcept;
  wait_sum& operator+=(const wait_sum& more) noexcept;
  double mean() const noexcept { return count > 0 ? seconds / count : 0; }

  /// How many of them matter: one wait of 50 ms beside five of 2 ms counts as about one.
  double effective() const noexcept { return squares > 0 ? seconds * seconds / squares : 0; }
};

/// The waits of the whole program, by cause.
class wait_log {
 public:
  void add(cause why, std::uint64_t nanoseconds);
  /// Several whose lengths are all in that quarter.
  void add(cause why, std::size_t quarter, const wait_sum& several) noexcept;
  /// Those shorter than `shortest_wait_ns`.
  void add_short(cause why, const wait_sum& several) noexcept {
    short_[index_of(why)] += several;
  }

  const wait_sum& of(cause why) const noexcept { return sums_[index_of(why)]; }
  const wait_sum& short_of(cause why) const noexcept { return short_[index_of(why)]; }
  /// Those for something outside the program.
  wait_sum external() const noexcept;
  wait_sum all() const noexcept;

  /// How many lasted from 2^(i/4) to 2^((i+1)/4) milliseconds.
  using lengths_by_quarter = std::array<std::uint64_t, 80>;
  static std::size_t quarter_of(std::uint64_t nanoseconds) noexcept;
  const lengths_by_quarter& lengths_of(cause why) const noexcept { return lengths_[index_of(why)]; }
  lengths_by_quarter lengths() const noexcept;
  /// The length in seconds that `share` of the waits do not exceed, within a fifth.
  double length_at(double share) const noexcept;
  double length_at(cause why, double share) const noexcept;

 private:
  per_cause<wait_sum> sums_{};
  per_cause<wait_sum> short_{};
  per_cause<lengths_by_quarter> lengths_{};
};

}  // namespace aside_app::ask
