#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace aside_app {

/// What `aside swarm` was asked for.
struct swarm_options {
  std::string target = "127.0.0.1:8080";
  std::size_t connections = 1'000;
  std::size_t talkers = 10;
  double rate = 10;  ///< posts a second and talker
  std::chrono::milliseconds duration{10'000};
  bool json = false;
  std::string engine = "auto";
  unsigned workers = 0;
  /// Steps only when told on stdin ("go", "close") and reports in JSON lines: as the demo's child.
  bool controlled = false;
};

}  // namespace aside_app
