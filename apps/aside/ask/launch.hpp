#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

#include "ask/signals.hpp"

namespace aside_app::ask {

/// A program that has been started and waits to be let go, as a child of this process, in the same
/// process group, with this process's stdin, stdout, stderr, signal mask and limits.
class launch {
 public:
  /// The signals of `before` and the soft limit of open files `most_files` are what the program
  /// shall find. Throws
  /// `failure` (environment) when there can be no further process.
  launch(const std::vector<std::string>& program, const signals& before, std::size_t most_files);
  ~launch();
  launch(const launch&) = delete;
  launch& operator=(const launch&) = delete;

  pid_t pid() const noexcept { return pid_; }

  /// Lets it call exec. Throws `failure` with exit code 127 when there is no such program and 126
  /// when it may not be run.
  void go();

 private:
  std::string name_;
  pid_t pid_ = -1;
  int gate_ = -1;    ///< the child goes on when this closes
  int errors_ = -1;  ///< what exec said; closed by its success
};

}  // namespace aside_app::ask
