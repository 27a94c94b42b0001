#include "ask/machine.hpp"

#include <sched.h>
#include <unistd.h>
#include <algorithm>

#include "ask/quota.hpp"

namespace aside_app::ask {

double usable_cores(pid_t pid) {
  double cores = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  cpu_set_t set;
  if (sched_getaffinity(pid, sizeof set, &set) == 0)
    cores = std::min(cores, static_cast<double>(CPU_COUNT(&set)));
  if (const auto quota = quota_of(pid)) cores = std::min(cores, *quota);
  return cores;
}

}  // namespace aside_app::ask
