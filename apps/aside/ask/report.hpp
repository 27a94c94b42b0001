#pragma once

#include <string>
#include <vector>

#include "ask/estimate.hpp"
#include "ask/measurement.hpp"
#include "ask/verdict.hpp"

namespace aside_app::ask {

/// How a report is written.
struct manner {
  bool colour = false;
  bool ascii = false;  ///< no block characters
  std::size_t columns = 80;

  /// As fits a terminal, or plain when it is none, or NO_COLOR or TERM=dumb asks for it.
  static manner of(int descriptor);
};

/// At most fifteen lines, the verdict first.
std::vector<std::string> report_of(const verdict& given, const measurement& found,
                                   const std::vector<estimate>& estimates, const manner& how);

/// The rule that held, each number beside its limit.
std::vector<std::string> reasons_of(const verdict& given, const measurement& found);

}  // namespace aside_app::ask
