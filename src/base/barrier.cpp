#include "base/barrier.hpp"

#include "base/assert.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace aside::inline ASIDE_ABI::detail {

bool enable_membarrier([[maybe_unused]] const char*& reason) noexcept {
#if defined(ASIDE_TSAN)
  reason = "ThreadSanitizer does not know membarrier";
  return false;
#else
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0) {
    reason = "membarrier";
    return true;
  }
  reason = "the system forbids membarrier: every turn pays for a fence";
  return false;
#endif
}

void membarrier_all() noexcept {
  const long done = ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  ASIDE_ASSERT(done == 0);
}

}  // namespace aside::inline ASIDE_ABI::detail
