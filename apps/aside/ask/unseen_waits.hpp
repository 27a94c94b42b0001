#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "ask/wait_log.hpp"

namespace aside_app::ask {

/// Some of the causes.
class cause_set {
 public:
  static constexpr cause_set all() noexcept { return cause_set{(1u << causes) - 1}; }
  constexpr cause_set() noexcept = default;

  constexpr void add(cause why) noexcept { bits_ |= 1u << index_of(why); }
  constexpr void remove(cause why) noexcept { bits_ &= ~(1u << index_of(why)); }
  constexpr bool has(cause why) const noexcept { return (bits_ >> index_of(why) & 1u) != 0; }
  auto operator<=>(const cause_set&) const noexcept = default;

 private:
  explicit constexpr cause_set(std::uint32_t bits) noexcept : bits_{bits} {}

  std::uint32_t bits_ = 0;
};

/// Waits that nobody looked into, by their lengths. At the end they are taken for what waits of such
/// a length were for that somebody did look into; what is like none of these stays unknown.
class unseen_waits {
 public:
  /// `possible` is what their thread may wait for. `is_new` says that of their thread nothing had
  /// been seen at all, so that their time is in the books as unknown.
  void add(cause_set possible, bool is_new, std::size_t quarter, const wait_sum& several) {
    groups_[{possible, is_new, quarter}] += several;
  }

  /// Adds them to `waits`. Returns the seconds of threads of which nothing had been seen.
  per_cause<double> resolve_into(wait_log& waits) const;

 private:
  struct kind {
    cause_set possible;
    bool is_new = false;
    std::size_t quarter = 0;

    auto operator<=>(const kind&) const noexcept = default;
  };

  std::map<kind, wait_sum> groups_;
};

}  // namespace aside_app::ask
