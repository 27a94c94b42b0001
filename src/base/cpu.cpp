// A quota may be set for the process's own control group (a service of systemd's) or for one around it
// (its slice). A container often sees its own group as the root, under another path than the list says; so
// the root counts too.

#include "base/cpu.hpp"

#include <sched.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::size_t longest = 4096;  // path

/// The first two numbers of a file; how many there are.
int numbers_in(const char* folder, const char* name, long long& first, long long& second) noexcept {
  std::array<char, longest + 32> path;
  const int length = std::snprintf(path.data(), path.size(), "%s/%s", folder, name);
  if (length < 0 || static_cast<std::size_t>(length) >= path.size()) return 0;
  std::FILE* const f = std::fopen(path.data(), "re");
  if (f == nullptr) return 0;
  const int found = std::fscanf(f, "%lld %lld", &first, &second);
  std::fclose(f);
  return found;
}

/// Of one group alone, in the unified or the classic form; 0: it has none.
unsigned quota_of(const char* folder) noexcept {
  long long limit = 0;
  long long period = 0;
  long long nothing = 0;
  if (numbers_in(folder, "cpu.max", limit, period) != 2 &&  // nor is "max" a number
      (numbers_in(folder, "cpu.cfs_quota_us", limit, nothing) != 1 ||
       numbers_in(folder, "cpu.cfs_period_us", period, nothing) != 1))
    return 0;
  if (limit <= 0 || period <= 0) return 0;
  return static_cast<unsigned>((limit - 1) / period + 1);
}

class least_quota {
 public:
  /// The group at `path` below the mount, and all around it.
  void look(const char* mount, const char* below, const char* path) noexcept {
    std::array<char, longest> folder;
    const int length = std::snprintf(folder.data(), folder.size(), "%s%s%s", mount, below, path);
    if (length < 0 || static_cast<std::size_t>(length) >= folder.size()) return;
    const std::size_t root = std::strlen(mount) + std::strlen(below);
    for (auto end = static_cast<std::size_t>(length);;) {
      while (end > root && folder[end - 1] == '/')
        --end;
      folder[end] = '\0';
      const unsigned q = quota_of(folder.data());
      if (q != 0 && (cpus == 0 || q < cpus)) cpus = q;
      if (end <= root) return;
      while (end > root && folder[end - 1] != '/')
        --end;
    }
  }
  void look_in_classic(const char* mount, const char* path) noexcept {
    look(mount, "/cpu", path);
    look(mount, "/cpu,cpuacct", path);
  }

  unsigned cpus = 0;
};

/// Is the processor one of "cpu,cpuacct"?
bool names_cpu(std::string_view controllers) noexcept {
  while (!controllers.empty()) {
    const std::string_view one = controllers.substr(0, controllers.find(','));
    if (one == "cpu") return true;
    controllers.remove_prefix(one.size() < controllers.size() ? one.size() + 1 : one.size());
  }
  return false;
}

}  // namespace

unsigned quota_cpus(const char* groups, const char* mount) noexcept {
  least_quota least;
  std::FILE* const f = std::fopen(groups, "re");
  if (f == nullptr) {
    least.look(mount, "", "/");
    least.look_in_classic(mount, "/");
    return least.cpus;
  }
  std::array<char, longest> line;
  while (std::fgets(line.data(), static_cast<int>(line.size()), f) != nullptr) {
    line[std::strcspn(line.data(), "\n")] = '\0';
    // <number>:<controllers>:<path>; no controllers: the unified hierarchy
    const char* const controllers = std::strchr(line.data(), ':');
    const char* const path = controllers != nullptr ? std::strchr(controllers + 1, ':') : nullptr;
    if (path == nullptr) continue;
    if (path == controllers + 1)
      least.look(mount, "", path + 1);
    else if (names_cpu({controllers + 1, static_cast<std::size_t>(path - controllers - 1)}))
      least.look_in_classic(mount, path + 1);
  }
  std::fclose(f);
  return least.cpus;
}

unsigned usable_cpus() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  long n = 0;
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    n = CPU_COUNT(&set);
  else
    n = ::sysconf(_SC_NPROCESSORS_ONLN);  // more CPUs than the set has places
  const unsigned q = quota_cpus("/proc/self/cgroup", "/sys/fs/cgroup");
  if (q != 0 && q < n) n = q;
  return n > 0 ? static_cast<unsigned>(n) : 1;
}

}  // namespace aside::inline ASIDE_ABI::detail
