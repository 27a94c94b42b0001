#include "ask/quota.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "ask/proc_text.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

struct cgroup_folders {
  std::string quota;  ///< the folder that holds the processor's files; empty when there is none
  bool is_second = false;
};

/// The folders from the process's own cgroup, as its file says, up to the root.
std::vector<cgroup_folders> cgroups_in(const std::string& text, const std::string& groups) {
  std::vector<cgroup_folders> found;
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
      for (const auto* controller : {"", "/cpu", "/cpu,cpuacct"})
        found.push_back({groups + controller + (path == "/" ? std::string{} : path), is_second});
      if (path.size() <= 1) break;
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
      if (path.empty()) path = "/";
    }
  }
  return found;
}

std::optional<double> quota_in(const cgroup_folders& folder) {
  if (folder.is_second) return parse_cpu_max(read_text(folder.quota + "/cpu.max"));
  const auto quota = number_at(read_text(folder.quota + "/cpu.cfs_quota_us"), 0);
  const auto period = number_at(read_text(folder.quota + "/cpu.cfs_period_us"), 0);
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::string cgroup_file(const cgroup_paths& paths, pid_t pid) {
  return paths.processes + "/" + std::to_string(pid) + "/cgroup";
}

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) noexcept {
  const auto quota = number_at(text, 0);
  const auto period = number_at(text, 1);
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> quota_of(pid_t pid, const cgroup_paths& paths) {
  std::optional<double> least;
  for (const auto& folder : cgroups_in(read_text(cgroup_file(paths, pid)), paths.groups))
    if (const auto quota = quota_in(folder)) least = std::min(least.value_or(*quota), *quota);
  return least;
}

std::optional<quota_watch::counts> quota_watch::read(const std::string& folder) {
  const auto text = read_text(folder + "/cpu.stat");
  const auto periods = number_after(text, "nr_periods");
  const auto throttled = number_after(text, "nr_throttled");
  if (!periods || !throttled) return std::nullopt;
  return counts{*periods, *throttled};
}

bool quota_watch::look(pid_t pid) {
  refresh();
  auto text = read_text(cgroup_file(paths_, pid));
  if (text.empty() || text == cgroup_) return false;
  // Of a process that has ended the kernel says that it is in the root.
  const auto stat = parse_stat(
      read_text(paths_.processes + "/" + std::to_string(pid) + "/stat"));
  if (stat && (stat->state == 'Z' || stat->state == 'X')) return false;
  cgroup_ = std::move(text);
  for (const auto& folder : cgroups_in(cgroup_, paths_.groups))
    if (const auto now = read(folder.quota)) folders_.try_emplace(folder.quota, watched{*now, *now});
  return true;
}

void quota_watch::refresh() {
  for (auto& [folder, span] : folders_)
    if (const auto now = read(folder)) span.last = *now;
}

bool quota_watch::was_used_up() const noexcept {
  return std::any_of(folders_.begin(), folders_.end(), [](const auto& each) {
    return each.second.last.throttled > each.second.first.throttled;
  });
}

double quota_watch::share() const noexcept {
  double worst = 0;
  for (const auto& [folder, span] : folders_) {
    const auto periods = span.last.periods - std::min(span.first.periods, span.last.periods);
    const auto times = span.last.throttled - std::min(span.first.throttled, span.last.throttled);
    if (periods > 0)
      worst = std::max(worst, static_cast<double>(times) / static_cast<double>(periods));
  }
  return worst;
}

}  // namespace aside_app::ask
