#pragma once

#include <sys/types.h>

namespace aside_app::ask {

/// Processor seconds, by where they were spent.
struct processor_time {
  double user = 0;
  double kernel = 0;

  double sum() const noexcept { return user + kernel; }
  processor_time since(const processor_time& before) const noexcept {
    return {user - before.user, kernel - before.kernel};
  }
};

/// Of this process's children, and theirs, that have been waited for.
processor_time cpu_of_children() noexcept;

/// Of a process, in the kernel's ticks; nothing when it is gone.
processor_time cpu_of(pid_t pid);

}  // namespace aside_app::ask
