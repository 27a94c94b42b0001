#pragma once

#include <sys/types.h>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aside_app::ask {

/// What a Java virtual machine has counted.
struct monitor_counts {
  std::uint64_t waits = 0;  ///< for a monitor
  std::uint64_t tells = 0;  ///< threads that waited in one until they were told (`notify`)
};

/// How often threads of a Java virtual machine have waited for a monitor (`synchronized`). To the
/// kernel such a wait is like any other for a thread's word; but the machine counts them for its
/// own tools (jstat), in memory that it keeps in a file.
class java_monitors {
 public:
  explicit java_monitors(pid_t pid) noexcept : pid_{pid} {}

  /// Nothing when it keeps no such memory, or that may not be read. Looks for it a few times only.
  std::optional<monitor_counts> counts();

 private:
  void find();

  pid_t pid_;
  std::vector<std::uint64_t> waits_;  ///< where its counters are in its memory
  std::vector<std::uint64_t> tells_;
  unsigned tries_ = 0;
};

/// Where those counters are in that memory, as far as they are there.
struct monitor_counters {
  std::vector<std::size_t> waits;
  std::vector<std::size_t> tells;
};
monitor_counters monitor_counters_in(std::string_view memory) noexcept;

/// A range of addresses that a file of this kind is mapped to; from /proc/PID/maps.
struct counter_memory {
  std::uint64_t start = 0;
  std::uint64_t size = 0;

  bool operator==(const counter_memory&) const = default;
};
std::optional<counter_memory> counter_memory_in(std::string_view maps) noexcept;

}  // namespace aside_app::ask
