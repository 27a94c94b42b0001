#include "demo/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <csignal>
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

std::atomic<bool> was_continued{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note_continued() {
  struct sigaction action{};
  action.sa_handler = [](int) { was_continued.store(true); };
  action.sa_flags = SA_RESTART;
  sigaction(SIGCONT, &action, nullptr);
}

std::string status_line(const demo_view& view) {
  auto line = view.status;
  if (view.seconds_left > 0) line += ", " + grouped(view.seconds_left) + " s left";
  return line;
}

}  // namespace

screen::screen(int descriptor, manner how)
    : descriptor_{descriptor}, how_{how}, marks_{colours::of(descriptor)} {
  if (how_ == manner::redrawn) note_continued();
}

screen screen::on(int descriptor) {
  return {descriptor, can_redraw(descriptor) ? manner::redrawn : manner::plain};
}

void screen::draw(const demo_view& view) {
  if (how_ == manner::plain) {
    if (view.status != last_status_) put(view.status + "\n");
    last_status_ = view.status;
    return;
  }
  auto lines = std::vector<std::string>{};
  const auto [rows, columns] = size();
  if (view.is_live)
    lines.push_back(live_line(view));
  else
    lines = table_of(view, marks_, columns);
  // What has scrolled out of the terminal can't be erased any more.
  if (lines.size() + 2 > rows) lines.resize(std::max<std::size_t>(rows, 2) - 2);
  lines.push_back(marks_.strong + status_line(view) + marks_.plain);

  auto frame = erase_frame();
  for (const auto& line : lines)
    frame += fitted(line, columns) + "\n";
  put(frame);
  frame_lines_ = lines.size();
}

void screen::settle(const demo_view& view) {
  auto text = erase_frame();
  const auto lines = table_of(view, marks_, how_ == manner::plain ? 80 : size().columns);
  for (const auto& line : lines)
    text += (line.find('\033') == line.npos ? fitting(line) : line) + "\n";
  text += "\n" + marks_.strong + fitting(view.advice) + marks_.plain + "\n\n";
  put(text);
  frame_lines_ = 0;
}

void screen::say(const std::string& line) {
  put(erase_frame() + fitting(line) + "\n");
  frame_lines_ = 0;
}

void screen::warn(const std::string& line) {
  put(erase_frame());
  frame_lines_ = 0;
  put_line(STDERR_FILENO, line);
}

std::string screen::erase_frame() {
  if (was_continued.exchange(false)) frame_lines_ = 0;
  if (frame_lines_ == 0) return {};
  return "\r\033[" + std::to_string(frame_lines_) + "A\033[J";
}

/// Between words on a terminal; whoever reads a file or a pipe gets whole lines.
std::string screen::fitting(const std::string& text) const {
  return how_ == manner::plain ? text : wrapped(text, size().columns);
}

screen::extent screen::size() const noexcept {
  winsize found{};
  if (ioctl(descriptor_, TIOCGWINSZ, &found) != 0) found = {};
  return {found.ws_row == 0 ? 24u : found.ws_row, found.ws_col == 0 ? 80u : found.ws_col};
}

void screen::put(const std::string& text) const noexcept { put_text(descriptor_, text); }

}  // namespace aside_app
