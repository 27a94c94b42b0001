#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ask/rules.hpp"

namespace aside_app::ask {

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
  bool by_pieces = false;   ///< nearly all of them say this, and none what the first rule says of the whole
  std::vector<test> tests;  ///< of the rule that held
};

verdict judge(const measurement& found);

/// Of an event loop: it has always something to do.
bool is_full_loop(const evidence& is) noexcept;

/// Its threads wait for each other, and for cores that other programs have: how many of them could
/// run at once is not to be seen.
bool is_entangled(const evidence& is) noexcept;

std::string_view advice_for(std::string_view code, const evidence& is) noexcept;

/// Every code that a verdict can have.
const std::vector<std::string_view>& all_codes();

/// True for the code itself and for its first word.
bool matches(std::string_view code, std::string_view asked) noexcept;

}  // namespace aside_app::ask
