#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ask/proc_text.hpp"
#include "ask/thread_record.hpp"

namespace aside_app::ask {

/// Reads /proc's files of threads. Keeps them open while the limit of open files allows: a read is
/// then four to nine times cheaper.
class thread_files {
 public:
  explicit thread_files(std::size_t most_open) noexcept : most_open_{most_open} {}
  ~thread_files();
  thread_files(const thread_files&) = delete;
  thread_files& operator=(const thread_files&) = delete;

  /// So many fewer may be kept open: others need the descriptors.
  void leave(std::size_t descriptors) noexcept {
    most_open_ -= std::min(most_open_, descriptors);
  }

  std::optional<sched_times> times_of(thread_record& thread);

  /// Nothing when the file may not be read (another user's process, or a tracer's rules) or the
  /// thread is gone; `was_refused` tells which.
  std::optional<system_call> call_of(thread_record& thread);
  bool was_refused() const noexcept { return refused_; }

  /// The last file could not be opened because there are too many: that says nothing of the thread.
  bool is_full() const noexcept { return full_; }

  static std::string kernel_function_of(const thread_record& thread);
  static std::string name_of(const thread_record& thread);

  void close(thread_record& thread) noexcept;

 private:
  int open_file(const thread_record& thread, const char* name);
  std::string_view read(thread_record& thread, int& file, const char* name);

  std::size_t most_open_;
  std::size_t open_ = 0;
  int folder_ = -1;
  pid_t folder_of_ = 0;
  bool refused_ = false;
  bool full_ = false;
  std::array<char, 512> text_;
};

}  // namespace aside_app::ask
