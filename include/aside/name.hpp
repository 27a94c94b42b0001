#pragma once
// Names of tasks, for reports.

#include <aside/config.hpp>

#include <array>
#include <cstddef>
#include <source_location>
#include <string_view>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// Replaces by '?' what would command a terminal: control characters, of which those from U+0080 to U+009F
/// have two bytes. Returns how long the text is then.
inline std::size_t blank_controls(char* text, std::size_t size) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < size ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const bool has_two = c == 0xc2 && next >= 0x80 && next < 0xa0;
    text[kept++] = has_two || c < ' ' || c == 0x7f ? '?' : text[i];
    if (has_two) ++i;
  }
  return kept;
}

}  // namespace detail

/// A task's name in dump_tasks and in the reports of tasks that hold their core or fail:
/// `spawn(task_name("reader"), fn, args...)`, with one argument less; so with spawn_local and
/// spawn_joinable, and those of a nursery. A copy of the first 31 bytes, or fewer where they would end
/// within a character of UTF-8, with '?' for control characters, since names come from anywhere and reports
/// go to terminals; empty: no name.
class task_name {
 public:
  static constexpr std::size_t most = 31;

  task_name() = default;
  explicit task_name(std::string_view name) noexcept {
    std::size_t n = name.copy(text_.data(), most);
    // A character has three bytes after its first at most, of the form 10xxxxxx.
    for (std::size_t cut = 0; n < name.size() && cut < 3; ++cut) {
      if ((static_cast<unsigned char>(name[n]) & 0xc0) != 0x80) break;
      text_[--n] = 0;
    }
    for (std::size_t kept = detail::blank_controls(text_.data(), n); kept < n; ++kept)
      text_[kept] = 0;
  }
  [[nodiscard]] std::string_view view() const noexcept { return text_.data(); }

 private:
  std::array<char, most + 1> text_{};
};

/// Names the running task, or names it anew; in a branch of `all` or `race`, the task that it is part of.
/// Cost:    one small block the first time, from a per-thread pool; a task without a name has none.
/// Errors:  std::bad_alloc. Outside of a task: aborts, naming the place.
ASIDE_API void set_name(std::string_view name,
                        std::source_location at = std::source_location::current());

}  // namespace aside::inline ASIDE_ABI
