#include "ask/history.hpp"

#include <algorithm>

namespace aside_app::ask {
namespace {

constexpr std::size_t most_stretches = 1024;

void add_all(per_cause<double>& to, const per_cause<double>& what) noexcept {
  for (std::size_t i = 0; i < causes; ++i)
    to[i] += what[i];
}

}  // namespace

double stretch::external() const noexcept {
  double sum = 0;
  for (std::size_t i = 0; i < causes; ++i)
    if (is_external(static_cast<cause>(i))) sum += waiting[i];
  return sum;
}

stretch& stretch::operator+=(const stretch& next) noexcept {
  length += next.length;
  running += next.running;
  queued += next.queued;
  some_ran += next.some_ran;
  some_waited += next.some_waited;
  add_all(waiting, next.waiting);
  add_all(weights, next.weights);
  add_all(held_up, next.held_up);
  held_by_queue += next.held_by_queue;
  most_runnable = std::max(most_runnable, next.most_runnable);
  most_threads = std::max(most_threads, next.most_threads);
  return *this;
}

void history::add(const stretch& next) {
  if (!stretches_.empty() && in_last_ < merged_) {
    stretches_.back() += next;
    ++in_last_;
    return;
  }
  if (stretches_.size() == most_stretches) {
    for (std::size_t i = 0; i < most_stretches / 2; ++i) {
      auto pair = stretches_[2 * i];
      pair += stretches_[2 * i + 1];
      stretches_[i] = pair;
    }
    stretches_.resize(most_stretches / 2);
    merged_ *= 2;
  }
  stretches_.push_back(next);
  in_last_ = 1;
}

stretch history::total() const noexcept {
  stretch sum;
  for (const auto& each : stretches_)
    sum += each;
  return sum;
}

std::vector<stretch> history::pieces(std::size_t count) const {
  std::vector<stretch> found;
  if (count == 0) return found;
  const double whole = total().length;
  double before = 0;
  stretch piece;
  for (const auto& each : stretches_) {
    piece += each;
    before += each.length;
    // By the length so far and not by adding up pieces, so that a rounding error does not grow.
    if (before * static_cast<double>(count) + 1e-9 >=
        whole * static_cast<double>(found.size() + 1)) {
      found.push_back(piece);
      piece = {};
    }
  }
  if (piece.length > 0 && found.size() < count) found.push_back(piece);
  return found;
}

}  // namespace aside_app::ask
