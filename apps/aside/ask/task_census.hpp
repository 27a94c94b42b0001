#pragma once

#include <sys/types.h>
#include <cstdint>
#include <optional>
#include <vector>

namespace aside_app::ask {

/// Tasks of programs that are built on aside, at one moment.
struct task_counts {
  double waiting = 0;
  double ready = 0;  ///< of those that spawn_local has begun, one a core at most
  double running = 0;
  unsigned cores = 0;
  bool partial = false;  ///< there are more cores than the program has places to name them
};

/// Reads how many tasks a process has, out of its memory and without its doing. A note named "aside"
/// in a file that it has loaded leads to the block that src/sched/census.hpp describes.
class task_census {
 public:
  explicit task_census(pid_t pid) noexcept : pid_{pid} {}

  /// Nothing when the process is not built on aside, has no runtime just now, or may not be read.
  /// Looks for the block now and then only; `now` is in nanoseconds.
  std::optional<task_counts> read(std::uint64_t now);

 private:
  void find();
  bool add(std::uint64_t block, task_counts& to) const;

  pid_t pid_;
  std::vector<std::uint64_t> blocks_;  ///< one for each file that has the library in it
  std::uint64_t next_try_ = 0;
  std::uint64_t patience_ns_ = 10'000'000;  ///< until the next try; a process may yet call exec
};

}  // namespace aside_app::ask
