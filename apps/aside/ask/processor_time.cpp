#include "ask/processor_time.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <string>

#include "ask/proc_text.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

double seconds_of(const timeval& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

processor_time cpu_of_children() noexcept {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  return {seconds_of(used.ru_utime), seconds_of(used.ru_stime)};
}

processor_time cpu_of(pid_t pid) {
  const auto stat = parse_stat(read_text("/proc/" + std::to_string(pid) + "/stat"));
  if (!stat) return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {static_cast<double>(stat->user_ticks) / ticks,
          static_cast<double>(stat->kernel_ticks) / ticks};
}

}  // namespace aside_app::ask
