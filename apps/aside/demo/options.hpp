#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace aside_app {

/// What `aside demo` was asked for.
struct demo_options {
  std::size_t connections = 10'000;
  std::optional<std::chrono::milliseconds> duration;  ///< none: goes on until Ctrl-C
  bool tasks = true;
  bool threads = true;
  bool json = false;
  std::string engine = "auto";  ///< auto, epoll or uring
  unsigned workers = 0;         ///< 0: as many as the machine has cores for us
  unsigned port = 8080;

  /// Of the connections, those that post; the others wait.
  std::size_t talkers() const noexcept { return connections < 200 ? 1 : connections / 100; }
  std::size_t subscribers() const noexcept { return connections - talkers(); }
};

/// Posts a second and talker.
inline constexpr double demo_rate = 10;

}  // namespace aside_app
