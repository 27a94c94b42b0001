#include "measure/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aside_app {

std::size_t histogram::bucket_of(std::uint64_t value) noexcept {
  constexpr std::uint64_t top = (std::uint64_t{1} << top_bits) - 1;
  value = std::min(value, top);
  if (value < (std::uint64_t{1} << fine_bits)) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - fine_bits;
  return (std::size_t{shift} << fine_bits) + (value >> shift);
}

std::uint64_t histogram::end_of(std::size_t bucket) noexcept {
  if (bucket < (std::size_t{1} << fine_bits)) return bucket;
  const auto shift = (bucket >> fine_bits) - 1;
  const auto step = bucket - (shift << fine_bits);
  return ((step + 1) << shift) - 1;
}

void histogram::record(std::chrono::nanoseconds value) noexcept {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  counts_[bucket_of(ns)].fetch_add(1, std::memory_order_relaxed);
}

void histogram::merge(const histogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) {
    const auto more = other.counts_[i].load(std::memory_order_relaxed);
    if (more != 0) counts_[i].fetch_add(more, std::memory_order_relaxed);
  }
}

std::vector<std::pair<std::uint32_t, std::uint64_t>> histogram::filled() const {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> all;
  for (std::size_t i = 0; i < buckets; ++i)
    if (const auto here = counts_[i].load(std::memory_order_relaxed); here != 0)
      all.emplace_back(static_cast<std::uint32_t>(i), here);
  return all;
}

void histogram::add(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& from) noexcept {
  for (const auto& [bucket, more] : from)
    if (bucket < buckets) counts_[bucket].fetch_add(more, std::memory_order_relaxed);
}

std::uint64_t histogram::count() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : counts_)
    sum += each.load(std::memory_order_relaxed);
  return sum;
}

std::chrono::nanoseconds histogram::at(double share) const noexcept {
  const auto all = count();
  if (all == 0) return std::chrono::nanoseconds{0};
  const auto wanted = std::max(1.0, std::ceil(share * static_cast<double>(all)));
  std::uint64_t seen = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    const auto here = counts_[i].load(std::memory_order_relaxed);
    if (here == 0) continue;
    seen += here;
    last = i;
    if (static_cast<double>(seen) >= wanted) break;
  }
  return std::chrono::nanoseconds{static_cast<std::int64_t>(end_of(last))};
}

percentiles percentiles_of(const histogram& from) noexcept {
  const auto us = [&](double share) { return static_cast<double>(from.at(share).count()) / 1000; };
  return {us(0.50), us(0.99), us(0.999)};
}

}  // namespace aside_app
