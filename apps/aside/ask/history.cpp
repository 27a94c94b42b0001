#include "ask/history.hpp"

#include <algorithm>

namespace aside_app::ask {
namespace {

constexpr std::size_t most_stretches = 1024;

/// Stretches: what a thread is told to have queued for lies no further back.
constexpr std::size_t longest_queue = 64;

void add_all(per_cause<double>& to, const per_cause<double>& what) noexcept {
  for (std::size_t i = 0; i < causes; ++i)
    to[i] += what[i];
}

}  // namespace

double weight_of(cause why, bool is_parked) noexcept {
  double weight = 1;
  switch (why) {
    case cause::timer:
      weight = 0.25;
      break;
    case cause::clients:
      weight = 0.5;
      break;
    case cause::loop:
      weight = 0.7;
      break;
    case cause::unknown:
      weight = 0.01;
      break;
    case cause::timed_handoff:
      weight = 0.02;  // among parked threads the one that wakes by the clock is the one to name
      break;
    default:
      weight = is_external(why) ? 1 : 0.001;
      break;
  }
  return is_parked ? weight * 0.3 : weight;
}

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

stretch stretch::part(double share) const noexcept {
  stretch some = *this;
  for (auto* sum : {&some.length, &some.running, &some.queued, &some.some_ran, &some.some_waited,
                    &some.held_by_queue})
    *sum *= share;
  for (auto* sums : {&some.waiting, &some.weights, &some.held_up})
    for (auto& each : *sums)
      each *= share;
  return some;
}

double stretch::take_for_queue(cause from, double seconds) noexcept {
  auto& there = waiting[index_of(from)];
  const double taken = std::clamp(seconds, 0.0, std::max(there, 0.0));
  if (taken <= 0) return 0;
  weights[index_of(from)] *= 1 - taken / there;
  there -= taken;
  queued += taken;
  return taken;
}

double stretch::take_from_queue(cause to, double seconds) noexcept {
  const double taken = std::clamp(seconds, 0.0, std::max(queued, 0.0));
  queued -= taken;
  waiting[index_of(to)] += taken;
  weights[index_of(to)] += taken * weight_of(to, false);
  return taken;
}

void stretch::blame() noexcept {
  for (auto& each : weights)
    each = std::max(each, 0.0);
  const double idle = length - some_ran;
  double sum = queued;
  for (const auto each : weights)
    sum += each;
  held_up = {};
  const double waited = sum - queued;
  held_by_queue = sum > 0 ? idle * queued / sum : 0;
  // However little the others' waits weigh, nobody is held up by a queue for longer than it lasts.
  if (waited > 0) held_by_queue = std::min(held_by_queue, queued);
  if (sum <= 0) held_up[index_of(cause::unknown)] = idle;
  for (std::size_t i = 0; i < causes && waited > 0; ++i)
    held_up[i] = (idle - held_by_queue) * weights[i] / waited;
}

void history::reassign(cause from, cause to, double share) noexcept {
  const auto old = index_of(from);
  const auto now = index_of(to);
  for (auto& each : stretches_) {
    const double moved = share * each.waiting[old];
    each.waiting[now] += moved;
    each.waiting[old] -= moved;
    each.weights[now] += moved * weight_of(to, false);
    each.weights[old] *= 1 - share;
    if (is_external(to) && !is_external(from) && from != cause::unknown)
      each.some_waited = std::max(each.some_waited, std::min(each.length, moved));
    each.blame();
  }
}

void history::weigh(cause why, double times) noexcept {
  for (auto& each : stretches_) {
    each.weights[index_of(why)] *= times;
    each.blame();
  }
}

template <class Take>
double history::take_backwards(double seconds, Take take) noexcept {
  double taken = 0;
  std::size_t passed = 0;
  for (auto each = stretches_.rbegin(); each != stretches_.rend() && passed < longest_queue; ++each) {
    if (taken >= seconds) break;
    ++passed;
    const double here = take(*each, seconds - taken);
    if (here > 0) each->blame();
    taken += here;
  }
  return taken;
}

double history::take_for_queue(cause from, double seconds) noexcept {
  return take_backwards(seconds, [from](stretch& each, double left) {
    return each.take_for_queue(from, left);
  });
}

double history::take_from_queue(cause to, double seconds) noexcept {
  return take_backwards(seconds, [to](stretch& each, double left) {
    return each.take_from_queue(to, left);
  });
}

void history::add(const stretch& next, std::uint64_t parts) {
  if (parts < 2) return add_one(next);
  const auto each = next.part(1 / static_cast<double>(parts));
  for (std::uint64_t i = 0; i < parts; ++i)
    add_one(each);
}

void history::add_one(const stretch& next) {
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
  std::vector<stretch> found(count);
  const double each_length = total().length / static_cast<double>(count);
  if (count == 0 || each_length <= 0) return {};
  double before = 0;
  for (const auto& each : stretches_) {
    // By the length so far and not by adding up pieces, so that a rounding error does not grow.
    const double end = before + each.length;
    const auto last = std::min(count - 1, static_cast<std::size_t>(end / each_length));
    for (auto at = std::min(last, static_cast<std::size_t>(before / each_length)); at <= last;
         ++at) {
      const double from = std::max(before, static_cast<double>(at) * each_length);
      const double to = at == last ? end : static_cast<double>(at + 1) * each_length;
      if (to > from) found[at] += each.part((to - from) / each.length);
    }
    before = end;
  }
  return found;
}

}  // namespace aside_app::ask
