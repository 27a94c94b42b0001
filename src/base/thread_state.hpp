#pragma once
// What another thread of this process is doing, without disturbing it.

#include <aside/config.hpp>

#include <cstdint>

namespace aside::inline ASIDE_ABI::detail {

inline constexpr int not_blocked = -2;
inline constexpr int blocked_outside_a_call = -1;  // a page fault, for example

/// The number of the calling thread.
[[nodiscard]] int this_thread_number() noexcept;
/// Nanoseconds of processor time that a thread has used; 0 when it is gone.
[[nodiscard]] std::uint64_t thread_cpu_ns(int thread) noexcept;
/// The system call in which a thread sleeps, or one of the values above. `not_blocked` too when the
/// kernel does not tell.
[[nodiscard]] int blocked_in(int thread) noexcept;
/// Threads of this process; 0 when the kernel does not tell.
[[nodiscard]] unsigned thread_count() noexcept;
/// Null for those that a task seldom blocks in.
[[nodiscard]] const char* system_call_name(int number) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
