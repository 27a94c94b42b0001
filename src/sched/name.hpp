#pragma once
// name: a task that has one has a descriptor of its own, which keeps it. So one without pays nothing.
//
// The race that matters: the watchdog, or a dump on another core, reads the name of a task that runs and
// gives itself another. `version_` is odd meanwhile; a reader that finds it odd or changed reads again.

#include <aside/detail/header.hpp>
#include <aside/name.hpp>

#include <array>
#include <cstdint>
#include <source_location>

namespace aside::inline ASIDE_ABI::detail {

struct task_label : task_descriptor {
  explicit task_label(const task_descriptor& plain) noexcept;
  void write(const task_name& n) noexcept;  // one writer
  [[nodiscard]] task_name read() const noexcept;

 private:
  static void free_both(task_header& t) noexcept;

  static constexpr std::size_t words = (task_name::most + 1) / sizeof(std::uint64_t);
  const task_descriptor* plain_;
  atomic<std::uint32_t> version_{0};
  std::array<atomic<std::uint64_t>, words> text_{};
};

/// Empty when it has none. The task is not freed meanwhile.
[[nodiscard]] task_name name_of(const task_header& t) noexcept;
/// In its turn, or before it has begun. Throws bad_alloc.
void give_name(task_header& t, const task_name& n);

/// How reports call a task: by its name, and where it was spawned.
class task_title {
 public:
  task_title(bool main_task, const task_name& n, const std::source_location& site) noexcept;
  [[nodiscard]] const char* text() const noexcept { return text_.data(); }

 private:
  std::array<char, 320> text_{};
};

}  // namespace aside::inline ASIDE_ABI::detail
