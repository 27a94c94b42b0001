#include "system/descriptors.hpp"

#include <sys/resource.h>
#include <string>

#include "exit_code.hpp"

namespace aside_app {
namespace {

constexpr std::size_t other_descriptors = 64;

}  // namespace

std::size_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const auto soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = soft;
  }
  return limit.rlim_cur;
}

void need_descriptors(const char* verb, std::size_t connections) {
  const auto limit = raise_descriptor_limit();
  const auto needed = connections + other_descriptors;
  if (limit >= needed) return;
  const auto possible = limit > other_descriptors ? limit - other_descriptors : 0;
  std::string line = std::string{verb} + ": " + std::to_string(connections) + " connections need " +
                     std::to_string(needed) + " open files in each process, the limit is " +
                     std::to_string(limit) + " (RLIMIT_NOFILE): raise it with `ulimit -Hn " +
                     std::to_string(needed) + "`";
  if (possible >= 10) line += " or take --connections " + std::to_string(possible);
  throw failure{exit_code::environment, line};
}

}  // namespace aside_app
