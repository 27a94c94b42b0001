#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "swarm/load/options.hpp"
#include "swarm/load/report.hpp"
#include "system/child_process.hpp"

namespace aside_app::load {

/// The processes of a load: starts them, tells them what to do, and keeps what each has said last. They
/// are killed when it dies.
class crew {
 public:
  explicit crew(const options& asked);

  void tell(std::string_view order) noexcept;
  /// Waits at most so long for them to say something, or for `stop` to be readable. Throws `failure`
  /// when one has failed or has ended before it was done.
  void listen(int stop, std::chrono::milliseconds at_most);

  const std::vector<report>& reports() const noexcept { return reports_; }
  /// Whether all have come as far as this phase.
  bool all_are(std::string_view phase) const noexcept;

 private:
  void take_lines(std::size_t index);

  std::vector<std::unique_ptr<child_process>> children_;
  std::vector<report> reports_;
};

}  // namespace aside_app::load
