#include "ask/machine.hpp"

#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

struct cgroup_folders {
  std::string quota;  ///< the folder that holds the processor's files; empty when there is none
  bool is_second = false;
};

/// The folders from the process's own cgroup up to the root.
std::vector<cgroup_folders> cgroups_of(pid_t pid) {
  std::vector<cgroup_folders> found;
  const auto text = read_text("/proc/" + std::to_string(pid) + "/cgroup");
  std::string_view left = text;
  while (!left.empty()) {
    const auto line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    auto path = std::string{line.substr(second + 1)};
    const bool is_second = controllers.empty();
    const bool has_cpu = ("," + std::string{controllers} + ",").find(",cpu,") != std::string::npos;
    if (!is_second && !has_cpu) continue;
    for (;;) {
      for (const auto* root :
           {"/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"})
        found.push_back({root + (path == "/" ? std::string{} : path), is_second});
      if (path.size() <= 1) break;
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
      if (path.empty()) path = "/";
    }
  }
  return found;
}

std::optional<double> quota_of(const cgroup_folders& folder) {
  if (folder.is_second) return parse_cpu_max(read_text(folder.quota + "/cpu.max"));
  const auto quota = number_at(read_text(folder.quota + "/cpu.cfs_quota_us"), 0);
  const auto period = number_at(read_text(folder.quota + "/cpu.cfs_period_us"), 0);
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) noexcept {
  const auto quota = number_at(text, 0);
  const auto period = number_at(text, 1);
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

double usable_cores(pid_t pid) {
  double cores = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  cpu_set_t set;
  if (sched_getaffinity(pid, sizeof set, &set) == 0)
    cores = std::min(cores, static_cast<double>(CPU_COUNT(&set)));
  for (const auto& folder : cgroups_of(pid))
    if (const auto quota = quota_of(folder)) cores = std::min(cores, *quota);
  return cores;
}

std::uint64_t times_throttled(pid_t pid) {
  std::uint64_t times = 0;
  for (const auto& folder : cgroups_of(pid))
    times += number_after(read_text(folder.quota + "/cpu.stat"), "nr_throttled").value_or(0);
  return times;
}

}  // namespace aside_app::ask
