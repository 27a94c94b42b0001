#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "demo/figures.hpp"
#include "text/colours.hpp"

namespace aside_app {

/// Tasks beside threads, one line a figure. Sides that do not take part have no column. Where the
/// table's `columns` are few, labels and figures are shorter: 40 do for both sides.
std::vector<std::string> table_of(const demo_view& view, const colours& marks,
                                  std::size_t columns = 80);

/// The figures of the side that goes on after the comparison, in one line.
std::string live_line(const demo_view& view);

}  // namespace aside_app
