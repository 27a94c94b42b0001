#pragma once

#include <sys/types.h>
#include <chrono>
#include <map>
#include <set>
#include <vector>

#include "ask/open_files.hpp"
#include "ask/proc_text.hpp"

namespace aside_app::ask {

/// Locks of files that are asked for again and again, with a sleep in between, as SQLite does: who sleeps so
/// waits for one. The kernel tells who has which.
class file_locks {
 public:
  explicit file_locks(std::chrono::milliseconds between_reads = std::chrono::milliseconds{10}) noexcept
      : between_reads_{between_reads} {}

  /// Several processes have had the same lock.
  bool are_shared();

  /// Another process has a lock on a file that this one has open, and not always the same process: one that
  /// nobody else ever gets marks that somebody lives, as a file with its number does.
  bool hold_up(pid_t pid);

 private:
  void read();

  std::chrono::milliseconds between_reads_;
  std::map<file_id, std::set<pid_t>> holders_;  ///< all that were seen
  std::vector<file_lock> held_;
  std::chrono::steady_clock::time_point next_read_{};
};

}  // namespace aside_app::ask
