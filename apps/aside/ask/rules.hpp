#pragma once

#include <string_view>
#include <vector>

#include "ask/evidence.hpp"

namespace aside_app::ask {

/// One comparison that a rule makes.
struct test {
  std::string_view what;
  double is = 0;
  double limit = 0;
  bool at_least = true;  ///< else: below

  bool holds() const noexcept { return at_least ? is >= limit : is < limit; }
  /// How far from the limit, as a share of it.
  double distance() const noexcept;
};

inline double share_of(const evidence& is, cause why) noexcept { return is.share[index_of(why)]; }

inline test at_least(std::string_view what, double is, double limit) { return {what, is, limit, true}; }
inline test below(std::string_view what, double is, double limit) { return {what, is, limit, false}; }

struct rule {
  std::string_view code;
  std::vector<test> tests;

  bool holds() const noexcept;
  /// Of a rule that holds: how far it is from not holding. Of another: how far from holding.
  double margin() const noexcept;
};

/// True where one thread at a time waits for something outside and others wait for that thread.
bool waits_in_turn(const evidence& is);

/// All rules in order: the first that holds decides. The last always holds.
std::vector<rule> rules_for(const evidence& is);

}  // namespace aside_app::ask
