#pragma once

#include <string>
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

struct rule {
  std::string_view code;
  std::vector<test> tests;

  bool holds() const noexcept;
  /// Of a rule that holds: how far it is from not holding. Of another: how far from holding.
  double margin() const noexcept;
};

/// All rules in order: the first that holds decides. The last always holds.
std::vector<rule> rules_for(const evidence& is);

enum class confidence { sure, likely, close_call };
std::string_view name_of(confidence how) noexcept;

struct verdict {
  std::string_view code;    ///< "waiting.many": the first word is the kind
  std::string_view advice;  ///< threads, tasks, simple, other
  confidence how_sure = confidence::likely;
  std::string_view runner_up;  ///< what it would be if the nearest limit were missed
  double margin = 0;
  unsigned pieces_agree = 0;  ///< of the run cut into `pieces`, judged each by itself
  unsigned pieces = 0;
  std::vector<test> tests;  ///< of the rule that held
};

verdict judge(const measurement& found);

std::string_view advice_for(std::string_view code, const evidence& is) noexcept;

/// Every code that a verdict can have.
const std::vector<std::string_view>& all_codes();

/// True for the code itself and for its first word.
bool matches(std::string_view code, std::string_view asked) noexcept;

}  // namespace aside_app::ask
