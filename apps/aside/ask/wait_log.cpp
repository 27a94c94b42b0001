#include "ask/wait_log.hpp"

#include <algorithm>
#include <cmath>

namespace aside_app::ask {

void wait_sum::add(double length) noexcept {
  count += 1;
  seconds += length;
  squares += length * length;
}

wait_sum& wait_sum::operator+=(const wait_sum& more) noexcept {
  count += more.count;
  seconds += more.seconds;
  squares += more.squares;
  return *this;
}

void wait_log::add(cause why, std::uint64_t nanoseconds) {
  sums_[index_of(why)].add(static_cast<double>(nanoseconds) / 1e9);
  record_length(nanoseconds);
}

void wait_log::record_length(std::uint64_t nanoseconds) noexcept {
  const double milliseconds = static_cast<double>(nanoseconds) / 1e6;
  const double quarter = milliseconds <= 1 ? 0 : std::floor(4 * std::log2(milliseconds));
  ++lengths_[std::min(static_cast<std::size_t>(quarter), lengths_.size() - 1)];
}

double wait_log::length_at(double share) const noexcept {
  std::uint64_t sum = 0;
  for (const auto each : lengths_)
    sum += each;
  double left = share * static_cast<double>(sum);
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    left -= static_cast<double>(lengths_[i]);
    if (lengths_[i] > 0 && left <= 0) return std::exp2((static_cast<double>(i) + 0.5) / 4) / 1000;
  }
  return 0;
}

wait_sum wait_log::external() const noexcept {
  wait_sum sum;
  for (std::size_t i = 0; i < causes; ++i)
    if (is_external(static_cast<cause>(i))) sum += sums_[i];
  return sum;
}

wait_sum wait_log::all() const noexcept {
  wait_sum sum;
  for (const auto& each : sums_)
    sum += each;
  return sum;
}

}  // namespace aside_app::ask
