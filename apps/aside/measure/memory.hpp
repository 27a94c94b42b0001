#pragma once

#include <sys/types.h>
#include <cstdint>

namespace aside_app {

/// Bytes that only this process holds: Private_Clean + Private_Dirty of /proc/PID/smaps_rollup.
/// Exact, and slow for a process of ten thousand stacks (tens of milliseconds).
std::uint64_t private_bytes(pid_t pid);

/// Nearly the same at no cost, from the kernel's counters (/proc/PID/statm): for live displays.
/// Zero when the process is gone.
std::uint64_t private_bytes_roughly(pid_t pid);

/// What the kernel holds for all processes of the machine: Slab + KernelStack + PageTables.
std::uint64_t kernel_bytes();

/// Waits until `kernel_bytes` no longer falls, at most two seconds: the kernel frees the sockets of
/// a process that has ended some time later.
void wait_for_quiet_kernel();

}  // namespace aside_app
