#pragma once

#include <sys/types.h>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace aside_app {

struct ask_options {
  std::vector<std::string> program;  ///< with its arguments; empty when `pid` is given
  pid_t pid = 0;
  std::optional<std::chrono::milliseconds> duration;
  unsigned repeat = 1;
  bool why = false;
  bool sampled = false;  ///< do without perf events
  std::string json;      ///< a file, or "-" for stdout
  std::string html;
  std::vector<std::string> fail_on;
};

}  // namespace aside_app
