// The arena of `compute`. Every call comes on a thread of its runtime's pool and enters here; when
// oneTBB's threads have taken all places, which they do only for a call that is inside, oneTBB hands
// the call to one of them and has the entering thread sleep.

#include <aside/compute.hpp>

#include "base/cpu.hpp"

#include <oneapi/tbb/task_arena.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// Never destroyed: an abandoned call may outlive `main`.
tbb::task_arena& arena() {
  static auto& one = *new tbb::task_arena(static_cast<int>(usable_cpus()));
  return one;
}

}  // namespace

void run_in_arena(job& j, void (*body)(job&) noexcept) {
  arena().execute([&] {
    tbb::this_task_arena::isolate([&] {
      const computing_here mark;
      body(j);
    });
  });
}

}  // namespace aside::inline ASIDE_ABI::detail
