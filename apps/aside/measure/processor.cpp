#include "measure/processor.hpp"

#include <sys/resource.h>
#include <string>

#include "system/text_file.hpp"

namespace aside_app {
namespace {

double seconds(const timeval& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

processor_ticks read_processor_ticks() {
  const auto text = read_text("/proc/stat");
  // "cpu user nice system idle iowait irq softirq steal …": guest time is part of user time.
  processor_ticks ticks;
  for (std::size_t field = 1; field <= 8; ++field)
    ticks.all += number_at(text, field).value_or(0);
  ticks.idle = number_at(text, 4).value_or(0) + number_at(text, 5).value_or(0);
  return ticks;
}

double idle_share(const processor_ticks& from, const processor_ticks& to) noexcept {
  if (to.all <= from.all) return 0;
  return static_cast<double>(to.idle - from.idle) / static_cast<double>(to.all - from.all);
}

own_usage read_own_usage() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {static_cast<std::uint64_t>(usage.ru_nvcsw) + static_cast<std::uint64_t>(usage.ru_nivcsw),
          seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

unsigned thread_count(pid_t pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/status");
  return static_cast<unsigned>(number_after(text, "Threads:").value_or(0));
}

}  // namespace aside_app
