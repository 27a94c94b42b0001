#include "measure/memory.hpp"

#include <unistd.h>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "exit_code.hpp"
#include "system/text_file.hpp"

namespace aside_app {
namespace {

std::uint64_t kilobytes_of(std::string_view text, std::string_view key) {
  const auto value = number_after(text, key);
  return value.value_or(0) * 1024;
}

}  // namespace

std::uint64_t private_bytes(pid_t pid) {
  const auto path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  const auto text = read_text(path);
  if (text.empty())
    throw failure{exit_code::environment, "can't measure memory: " + path +
                                              " is not readable; run as the same user, with /proc "
                                              "mounted"};
  return kilobytes_of(text, "Private_Clean:") + kilobytes_of(text, "Private_Dirty:");
}

std::uint64_t private_bytes_roughly(pid_t pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/statm");
  const auto resident = number_at(text, 1);
  const auto shared = number_at(text, 2);
  if (!resident || !shared || *shared > *resident) return 0;
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return (*resident - *shared) * page;
}

std::uint64_t kernel_bytes() {
  const auto text = read_text("/proc/meminfo");
  return kilobytes_of(text, "Slab:") + kilobytes_of(text, "KernelStack:") +
         kilobytes_of(text, "PageTables:");
}

void wait_for_quiet_kernel() {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + 2s;
  auto before = kernel_bytes();
  while (std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(100ms);
    const auto now = kernel_bytes();
    if (now + 64 * 1024 >= before) return;
    before = now;
  }
}

}  // namespace aside_app
