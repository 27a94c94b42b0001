#include "base/doorbell.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <ctime>

namespace aside::inline ASIDE_ABI::detail {

void doorbell::ring() noexcept {
  rung_.fetch_add(1, memory_order_release);  // pairs with acquire in rung
  // By its address alone: the one that waited may have destroyed it by now.
  ::syscall(SYS_futex, &rung_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void doorbell::wait(std::uint32_t seen, std::uint64_t ns) noexcept {
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
  limit.tv_nsec = static_cast<long>(ns % 1'000'000'000);
  static_assert(sizeof rung_ == sizeof seen);
  ::syscall(SYS_futex, &rung_, FUTEX_WAIT_PRIVATE, seen, ns == forever ? nullptr : &limit, nullptr,
            0);
}

}  // namespace aside::inline ASIDE_ABI::detail
