#include "sched/holdup.hpp"

#include "base/clock.hpp"
#include "sched/snapshot.hpp"

#include <cstdio>
#include <exception>

namespace aside::inline ASIDE_ABI::detail {

void look_for_holdup(runtime& rt) noexcept {
  const std::uint64_t began = rt.stop_began.load(memory_order_relaxed);
  if (began == 0 || now_ns() < began + holdup_ns || rt.live_tasks() == 0) return;
  if (rt.told_holdup.exchange(true, memory_order_relaxed)) return;
  try {
    start_dump(rt, 2, "aside: asked to stop 5 s ago, and still waits for these tasks");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "aside: asked to stop 5 s ago, and still waits for tasks (no dump: %s)\n",
                 e.what());
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
