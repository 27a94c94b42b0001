#include "ask/timeline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace aside_app::ask {
namespace {

constexpr std::array<std::string_view, 9> blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 9> lying{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::string_view plain = " .:-=+*#@";

}  // namespace

timeline timeline_of(const history& run, std::size_t columns) {
  timeline line;
  line.seconds = run.total().length;
  for (const auto& piece : run.pieces(columns)) {
    const double length = std::max(piece.length, 1e-9);
    line.running.push_back(piece.running / length);
    line.queued.push_back(piece.queued / length);
    // Sampled waits are set right later, and a piece may get back more than it had.
    line.waiting.push_back(std::max(piece.external(), 0.0) / length);
  }
  return line;
}

std::string bars(const std::vector<double>& values, double peak, bool ascii) {
  std::string row;
  for (const double value : values) {
    const double part = peak > 0 ? std::clamp(value / peak, 0.0, 1.0) : 0;
    auto level = static_cast<std::size_t>(std::lround(part * 8));
    if (level == 0 && part > 0.005) level = 1;
    if (ascii)
      row += plain[level];
    else
      row += blocks[level];
  }
  return row;
}

std::string bar(double share, std::size_t columns, bool ascii) {
  const double wide = std::clamp(share, 0.0, 1.0) * static_cast<double>(columns);
  const auto eighths = static_cast<std::size_t>(std::lround(wide * 8));
  std::string text;
  if (ascii) return std::string((eighths + 4) / 8, '#');
  for (std::size_t i = 0; i < eighths / 8; ++i)
    text += lying[8];
  text += lying[eighths % 8];
  return text;
}

}  // namespace aside_app::ask
