#include "demo/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "system/output.hpp"
#include "text/number.hpp"

namespace aside_app {
namespace {

/// Cuts a line to the terminal's width so that it takes one row; marks take no columns.
std::string fitted(const std::string& line, std::size_t columns) {
  std::string cut;
  std::size_t used = 0;
  bool in_mark = false;
  for (const char c : line) {
    if (c == '\033') in_mark = true;
    const bool continues = (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
    if (!in_mark && !continues && used++ >= columns) continue;
    if (!in_mark && used > columns) continue;
    cut += c;
    if (in_mark && c == 'm') in_mark = false;
  }
  return cut;
}

std::string status_line(const demo_view& view) {
  auto line = view.status;
  if (view.seconds_left > 0) line += ", " + grouped(view.seconds_left) + " s left";
  return line;
}

}  // namespace

screen::screen(int descriptor, manner how)
    : descriptor_{descriptor}, how_{how}, marks_{colours::of(descriptor)} {}

screen screen::on(int descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
  return {descriptor, isatty(descriptor) && !dumb ? manner::redrawn : manner::plain};
}

void screen::draw(const demo_view& view) {
  if (how_ == manner::plain) {
    if (view.status != last_status_) put(view.status + "\n");
    last_status_ = view.status;
    return;
  }
  auto lines = std::vector<std::string>{};
  if (view.is_live)
    lines.push_back(live_line(view));
  else
    lines = table_of(view, marks_);
  lines.push_back(marks_.strong + status_line(view) + marks_.plain);

  const auto width = columns();
  auto frame = erase_frame();
  for (const auto& line : lines)
    frame += fitted(line, width) + "\n";
  put(frame);
  frame_lines_ = lines.size();
}

void screen::settle(const demo_view& view) {
  auto text = erase_frame();
  for (const auto& line : table_of(view, marks_))
    text += line + "\n";
  text += "\n" + marks_.strong + view.advice + marks_.plain + "\n\n";
  put(text);
  frame_lines_ = 0;
}

void screen::say(const std::string& line) {
  put(erase_frame() + line + "\n");
  frame_lines_ = 0;
}

void screen::warn(const std::string& line) {
  put(erase_frame());
  frame_lines_ = 0;
  put_line(STDERR_FILENO, line);
}

std::string screen::erase_frame() const {
  if (frame_lines_ == 0) return {};
  return "\r\033[" + std::to_string(frame_lines_) + "A\033[J";
}

std::size_t screen::columns() const noexcept {
  winsize size{};
  if (ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void screen::put(const std::string& text) const noexcept { put_text(descriptor_, text); }

}  // namespace aside_app
