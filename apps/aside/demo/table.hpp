#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "demo/figures.hpp"

namespace aside_app {

/// How the table's text is marked up; empty strings where colours are not wanted.
struct colours {
  std::string strong;
  std::string dim;
  std::string good;
  std::string plain;

  /// Colours for this descriptor: none unless it is a terminal, and none when NO_COLOR is set or
  /// TERM is "dumb".
  static colours of(int descriptor);
};

/// Tasks beside threads, one line a figure. Sides that do not take part have no column. Where the
/// table's `columns` are few, labels and figures are shorter: 40 do for both sides.
std::vector<std::string> table_of(const demo_view& view, const colours& marks,
                                  std::size_t columns = 80);

/// The figures of the side that goes on after the comparison, in one line.
std::string live_line(const demo_view& view);

}  // namespace aside_app
