#include "ask/run_lengths.hpp"

#include <algorithm>
#include <bit>

namespace aside_app::ask {
namespace {

double mean_of(double seconds, std::uint64_t times) noexcept {
  return times > 0 ? seconds / static_cast<double>(times) : 0;
}

}  // namespace

void run_lengths::add(std::uint64_t nanoseconds, std::uint64_t times) noexcept {
  const auto doublings = static_cast<std::size_t>(std::bit_width(nanoseconds / 1'000));
  auto& place = by_length_[std::min(doublings, by_length_.size() - 1)];
  place.times += times;
  place.seconds += static_cast<double>(nanoseconds) * 1e-9 * static_cast<double>(times);
}

std::uint64_t run_lengths::count() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : by_length_)
    sum += each.times;
  return sum;
}

double run_lengths::typical() const noexcept {
  const auto all = count();
  std::uint64_t sum = 0;
  for (const auto& each : by_length_)
    if (sum += each.times; all > 0 && 2 * sum >= all) return mean_of(each.seconds, each.times);
  return 0;
}

run_lengths::several run_lengths::from(double seconds) const noexcept {
  several sum;
  for (const auto& each : by_length_) {
    if (mean_of(each.seconds, each.times) < seconds) continue;
    sum.times += each.times;
    sum.seconds += each.seconds;
  }
  return sum;
}

}  // namespace aside_app::ask
