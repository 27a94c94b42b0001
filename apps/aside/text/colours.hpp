#pragma once

#include <string>

namespace aside_app {

/// How text for a person is marked up; empty strings where colours are not wanted.
struct colours {
  std::string strong;
  std::string dim;
  std::string good;
  std::string plain;

  /// Colours for this descriptor: none unless it is a terminal, and none when NO_COLOR is set or
  /// TERM is "dumb".
  static colours of(int descriptor);
};

/// A terminal on which a line can be written over: not one whose TERM is "dumb".
bool can_redraw(int descriptor) noexcept;

}  // namespace aside_app
