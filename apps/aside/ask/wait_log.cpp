#include "ask/wait_log.hpp"

#include <algorithm>
#include <cmath>

namespace aside_app::ask {
namespace {

double length_in(const wait_log::lengths_by_quarter& lengths, double share) noexcept {
  std::uint64_t sum = 0;
  for (const auto each : lengths)
    sum += each;
  double left = share * static_cast<double>(sum);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    left -= static_cast<double>(lengths[i]);
    if (lengths[i] > 0 && left <= 0) return std::exp2((static_cast<double>(i) + 0.5) / 4) / 1000;
  }
  return 0;
}

}  // namespace

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
  wait_sum one;
  one.add(static_cast<double>(nanoseconds) / 1e9);
  add(why, quarter_of(nanoseconds), one);
}

void wait_log::add(cause why, std::size_t quarter, const wait_sum& several) noexcept {
  sums_[index_of(why)] += several;
  lengths_[index_of(why)][quarter] += static_cast<std::uint64_t>(std::llround(several.count));
}

std::size_t wait_log::quarter_of(std::uint64_t nanoseconds) noexcept {
  const double milliseconds = static_cast<double>(nanoseconds) / 1e6;
  const double quarter = milliseconds <= 1 ? 0 : std::floor(4 * std::log2(milliseconds));
  return std::min(static_cast<std::size_t>(quarter), lengths_by_quarter{}.size() - 1);
}

wait_log::lengths_by_quarter wait_log::lengths() const noexcept {
  lengths_by_quarter sum{};
  for (const auto& each : lengths_)
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += each[i];
  return sum;
}

double wait_log::length_at(double share) const noexcept { return length_in(lengths(), share); }

double wait_log::length_at(cause why, double share) const noexcept {
  return length_in(lengths_of(why), share);
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
