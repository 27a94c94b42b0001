#pragma once

#include <aside/aside.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace aside_app {

/// The orders that a controlled swarm gets on stdin: "go" lets it take its next step, "close" or
/// the end of stdin lets it close everything at once. "go NUMBER" says when, in nanoseconds of the
/// monotonic clock. A thread of its own reads them.
class control {
 public:
  /// Reads stdin until "close"; `wake` is set after each order.
  static std::shared_ptr<control> of_stdin(std::shared_ptr<aside::event> wake);

  /// Takes one "go" if there is one.
  bool take_go() noexcept;
  /// The number that came with the last "go"; 0 without one.
  std::int64_t go_at() const noexcept { return go_at_.load(); }
  bool close() const noexcept { return close_.load(); }

 private:
  std::atomic<unsigned> goes_{0};
  std::atomic<std::int64_t> go_at_{0};
  std::atomic<bool> close_{false};
};

}  // namespace aside_app
