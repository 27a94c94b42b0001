#pragma once

#include <sys/types.h>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aside_app::ask {

/// Cores in "max 100000" or "50000 100000" of cgroup 2's cpu.max; nothing when there is no limit.
std::optional<double> parse_cpu_max(std::string_view text) noexcept;

/// Where the system says which cgroup a process is in, and what these may use.
struct cgroup_paths {
  std::string processes = "/proc";
  std::string groups = "/sys/fs/cgroup";
};

/// The least that the process's cgroup and those around it may use, in cores; nothing without a limit.
std::optional<double> quota_of(pid_t pid, const cgroup_paths& paths = {});

/// How often the cgroup of a process, and those around it, used up their quotas since it was first
/// looked at. One that has ended is in no cgroup any more: it is looked at while it lives.
class quota_watch {
 public:
  explicit quota_watch(cgroup_paths paths = {}) : paths_{std::move(paths)} {}

  /// True when it is in another cgroup than at the look before.
  bool look(pid_t pid);
  /// What is known of the cgroups that have been seen, once more.
  void refresh();

  bool was_used_up() const noexcept;
  /// Of the periods in which it ran: those that used up the quota. Of several cgroups the worst.
  double share() const noexcept;

 private:
  struct counts {
    std::uint64_t periods = 0;
    std::uint64_t throttled = 0;
  };
  struct watched {
    counts first;
    counts last;
  };

  static std::optional<counts> read(const std::string& folder);

  cgroup_paths paths_;
  std::string cgroup_;
  std::map<std::string, watched> folders_;
};

}  // namespace aside_app::ask
