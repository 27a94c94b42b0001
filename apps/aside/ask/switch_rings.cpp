#include "ask/switch_rings.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t most_pages = 64;
constexpr std::size_t fewest_pages = 8;

std::size_t page_bytes() noexcept {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

int open_event(pid_t tid, int processor, bool from_exec) noexcept {
  perf_event_attr how{};
  how.size = sizeof how;
  how.type = PERF_TYPE_SOFTWARE;
  how.config = PERF_COUNT_SW_DUMMY;
  how.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
  how.sample_id_all = 1;
  how.context_switch = 1;
  how.task = 1;
  how.inherit = 1;
  how.exclude_kernel = 1;
  how.exclude_hv = 1;
  how.disabled = from_exec ? 1 : 0;
  how.enable_on_exec = from_exec ? 1 : 0;
  how.use_clockid = 1;
  how.clockid = CLOCK_MONOTONIC;
  how.watermark = 1;
  how.wakeup_watermark = static_cast<std::uint32_t>(most_pages * page_bytes() / 4);
  return static_cast<int>(
      syscall(SYS_perf_event_open, &how, tid, processor, -1, PERF_FLAG_FD_CLOEXEC));
}

std::string reason_for(int error) {
  if (error == EACCES || error == EPERM) {
    auto level = read_text("/proc/sys/kernel/perf_event_paranoid");
    while (!level.empty() && level.back() == '\n')
      level.pop_back();
    if (level.empty()) return "this kernel has no perf events";
    const bool by_level = level.size() == 1 && level[0] >= '3';
    return by_level ? "perf events are not allowed: kernel.perf_event_paranoid=" + level
                    : "perf events are not allowed here (a container's rules, or another user's "
                      "process)";
  }
  if (error == ENOSYS || error == ENOENT) return "this kernel has no perf events";
  if (error == ESRCH) return "the process has gone";
  if (error == EMFILE || error == ENFILE) return "too few open files for perf events (ulimit -n)";
  return std::string{"perf events failed: "} + std::strerror(error);
}

}  // namespace

switch_rings::~switch_rings() { close(); }

void switch_rings::close() {
  for (const int each : further_events_)
    ::close(each);
  further_events_.clear();
  for (auto& each : rings_) {
    if (each.memory != nullptr) munmap(each.memory, each.data_bytes + page_bytes());
    ::close(each.event);
  }
  rings_.clear();
}

bool switch_rings::map(ring& to) {
  for (auto pages = most_pages; pages >= fewest_pages; pages /= 2) {
    const auto bytes = pages * page_bytes();
    void* memory =
        mmap(nullptr, bytes + page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, to.event, 0);
    if (memory == MAP_FAILED) continue;
    to.memory = memory;
    to.data_bytes = bytes;
    return true;
  }
  return false;
}

bool switch_rings::follow(pid_t tid, bool from_exec) {
  const bool is_first = rings_.empty();
  const auto processors = static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
  for (int processor = 0; processor < processors; ++processor) {
    const int event = open_event(tid, processor, from_exec);
    if (event < 0) {
      if (errno == ENODEV || errno == ENXIO) continue;  // this processor is switched off
      reason_ = reason_for(errno);
      if (is_first) close();
      return false;
    }
    if (is_first) {
      ring fresh{processor, event, nullptr, 0, false};
      if (!map(fresh)) {
        reason_ = std::string{"no memory for perf events: "} + std::strerror(errno) +
                  " (kernel.perf_event_mlock_kb)";
        ::close(event);
        close();
        return false;
      }
      rings_.push_back(fresh);
      continue;
    }
    const auto shared = std::find_if(rings_.begin(), rings_.end(),
                                     [&](const ring& each) { return each.processor == processor; });
    if (shared == rings_.end() || ioctl(event, PERF_EVENT_IOC_SET_OUTPUT, shared->event) != 0) {
      ::close(event);
      reason_ = "perf events of several threads can't share a ring";
      return false;
    }
    further_events_.push_back(event);
  }
  return is_open();
}

std::uint64_t switch_rings::drain(std::vector<switch_event>& into) {
  std::uint64_t lost = 0;
  for (auto& each : rings_) {
    auto* page = static_cast<perf_event_mmap_page*>(each.memory);
    const auto* data = static_cast<const std::byte*>(each.memory) + page_bytes();
    // Acquire: pairs with the kernel's barrier between writing records and moving data_head.
    const auto head = std::atomic_ref{page->data_head}.load(std::memory_order_acquire);
    const auto tail = page->data_tail;
    const auto size = static_cast<std::size_t>(head - tail);
    if (size == 0) continue;
    const auto from = static_cast<std::size_t>(tail % each.data_bytes);
    const auto straight = std::min(size, each.data_bytes - from);
    copy_.resize(size);
    std::memcpy(copy_.data(), data + from, straight);
    std::memcpy(copy_.data() + straight, data, size - straight);
    // Release: pairs with the kernel's read of data_tail before it writes over these bytes.
    std::atomic_ref{page->data_tail}.store(head, std::memory_order_release);
    lost += parse_records(copy_, into);
  }
  return lost;
}

void switch_rings::add_to(std::vector<pollfd>& polled) const {
  for (const auto& each : rings_)
    if (!each.hung_up) polled.push_back({each.event, POLLIN, 0});
}

void switch_rings::polled(const pollfd& answer) {
  if ((answer.revents & (POLLHUP | POLLERR)) == 0) return;
  for (auto& each : rings_)
    if (each.event == answer.fd) each.hung_up = true;
}

}  // namespace aside_app::ask
