#pragma once

#include <string>
#include <vector>

#include "ask/history.hpp"

namespace aside_app::ask {

/// How many threads ran, wanted to run, or waited outside the program, column by column.
struct timeline {
  std::vector<double> running;
  std::vector<double> queued;
  std::vector<double> waiting;
  double seconds = 0;
};

timeline timeline_of(const history& run, std::size_t columns);

/// A row of bars, one column a value, scaled to `peak`: eighth blocks, or ASCII where the terminal
/// has nothing better. What is above zero shows.
std::string bars(const std::vector<double>& values, double peak, bool ascii);

/// One horizontal bar of at most `columns` columns.
std::string bar(double share, std::size_t columns, bool ascii);

}  // namespace aside_app::ask
