#pragma once

#include <cstddef>
#include <string>

#include "demo/figures.hpp"
#include "demo/table.hpp"

namespace aside_app {

/// Shows the demo in a terminal, redrawn in place, or as plain lines where there is none.
///
/// It never changes the terminal's modes, cursor or screen: every frame is one write that leaves
/// colours off and the cursor on a fresh line. So there is nothing to restore, however it ends. After
/// Ctrl-Z and `fg` others have written below the last frame: it stays, and the next one begins anew.
class screen {
 public:
  enum class manner { redrawn, plain };

  screen(int descriptor, manner how);

  /// `descriptor`, redrawn if it is a terminal that can move its cursor.
  static screen on(int descriptor);

  void draw(const demo_view& view);

  /// The table for good; what is drawn afterwards goes below it.
  void settle(const demo_view& view);

  /// One line that stays, in place of the last frame.
  void say(const std::string& line);

  /// One line on stderr, in place of the last frame.
  void warn(const std::string& line);

  /// Lets the last frame stay, whoever writes next.
  void keep() noexcept { frame_lines_ = 0; }

 private:
  void put(const std::string& text) const noexcept;
  std::string erase_frame();
  std::string fitting(const std::string& text) const;
  struct extent {
    std::size_t rows;
    std::size_t columns;
  };
  extent size() const noexcept;

  int descriptor_;
  manner how_;
  colours marks_;
  std::size_t frame_lines_ = 0;
  std::string last_status_;
};

}  // namespace aside_app
