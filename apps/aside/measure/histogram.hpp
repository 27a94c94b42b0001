#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace aside_app {

/// Durations in log-linear buckets: every value is kept within 1.6 %, from 1 ns to 18 minutes, in
/// 18 kB whatever is recorded. Any thread may record at any time; readers see whole counts.
class histogram {
 public:
  void record(std::chrono::nanoseconds value) noexcept;
  void merge(const histogram& other) noexcept;

  std::uint64_t count() const noexcept;

  /// The buckets that are not empty, (index, count), for another process's `add`.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> filled() const;
  /// Adds what `filled` gave; indices that there are not are left out.
  void add(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& from) noexcept;

  /// The value that `share` (0 to 1) of the records do not exceed, rounded up to its bucket's end;
  /// zero when nothing was recorded.
  std::chrono::nanoseconds at(double share) const noexcept;

 private:
  static constexpr unsigned fine_bits = 6;
  static constexpr unsigned top_bits = 40;
  static constexpr std::size_t buckets = std::size_t{top_bits - fine_bits + 1} << fine_bits;

  static std::size_t bucket_of(std::uint64_t value) noexcept;
  static std::uint64_t end_of(std::size_t bucket) noexcept;

  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
};

/// The three figures the demo shows of a histogram, in microseconds.
struct percentiles {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
};

percentiles percentiles_of(const histogram& from) noexcept;

}  // namespace aside_app
