#include "base/cpu.hpp"

#include <sched.h>
#include <cstdio>
#include <cstring>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// CPUs that the quota of the unified or the classic hierarchy allows, 0 for no limit.
unsigned quota() noexcept {
  long long limit = -1;
  long long period = 0;
  if (std::FILE* f = std::fopen("/sys/fs/cgroup/cpu.max", "re"); f != nullptr) {
    if (std::fscanf(f, "%lld %lld", &limit, &period) != 2) limit = -1;
    std::fclose(f);
  } else if (f = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re"); f != nullptr) {
    if (std::fscanf(f, "%lld", &limit) != 1) limit = -1;
    std::fclose(f);
    f = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
    if (f != nullptr) {
      if (std::fscanf(f, "%lld", &period) != 1) period = 0;
      std::fclose(f);
    }
  }
  if (limit <= 0 || period <= 0) return 0;
  return static_cast<unsigned>((limit + period - 1) / period);
}

}  // namespace

unsigned usable_cpus() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  unsigned n = 1;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) n = static_cast<unsigned>(CPU_COUNT(&set));
  const unsigned q = quota();
  if (q != 0 && q < n) n = q;
  return n == 0 ? 1 : n;
}

}  // namespace aside::inline ASIDE_ABI::detail
