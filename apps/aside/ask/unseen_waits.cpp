#include "ask/unseen_waits.hpp"

#include <algorithm>

namespace aside_app::ask {
namespace {

/// Quarters of a doubling: waits up to twice as long, or half as long, are alike.
constexpr std::size_t reach = 4;

/// How many waits of about that length were seen, the nearer the more.
double seen_near(const wait_log::lengths_by_quarter& lengths, std::size_t quarter) noexcept {
  const auto first = quarter - std::min(quarter, reach);
  const auto last = std::min(quarter + reach, lengths.size() - 1);
  double sum = 0;
  for (auto at = first; at <= last; ++at) {
    const auto distance = at > quarter ? at - quarter : quarter - at;
    sum += static_cast<double>(lengths[at]) / static_cast<double>(1 + distance);
  }
  return sum;
}

cause likeliest(const wait_log& seen, cause_set possible, std::size_t quarter) noexcept {
  auto best = cause::unknown;
  double most = 0;
  for (const auto why : all_causes()) {
    if (why == cause::unknown || !possible.has(why)) continue;
    const double near = seen_near(seen.lengths_of(why), quarter);
    if (near <= most) continue;
    most = near;
    best = why;
  }
  return best;
}

}  // namespace

per_cause<double> unseen_waits::resolve_into(wait_log& waits) const {
  const auto seen = waits;
  per_cause<double> seconds{};
  for (const auto& [what, sum] : groups_) {
    const auto why = likeliest(seen, what.possible, what.quarter);
    waits.add(why, what.quarter, sum);
    if (what.is_new) seconds[index_of(why)] += sum.seconds;
  }
  return seconds;
}

}  // namespace aside_app::ask
