#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ask/fd_kind.hpp"
#include "ask/proc_text.hpp"

namespace aside_app::ask {

/// What a thread that does not run waits for.
enum class cause : std::uint8_t {
  network,   ///< a socket whose peer owes an answer
  clients,   ///< a socket on which others begin: accept, or a connection that was accepted
  loop,      ///< an event loop's own wait: epoll, io_uring, many descriptors at once
  disk,      ///< a block device, or a page of a file
  timer,     ///< a time
  lock,      ///< a mutex, a file lock, a lock of the kernel
  join,      ///< the end of another thread
  handoff,   ///< another thread's word: condition variables, semaphores, parked pools
  timed_handoff,  ///< the same with a time limit, and a virtual machine's way to sleep
  child,     ///< another process's end
  pipe,      ///< what the other end of a pipe says
  full_pipe,  ///< that the other end of a pipe takes what is in it
  terminal,  ///< somebody at a keyboard
  stopped,   ///< a stop signal or a debugger
  unknown,
};

constexpr std::size_t causes = 15;

constexpr std::size_t index_of(cause why) noexcept { return static_cast<std::size_t>(why); }
std::string_view name_of(cause why) noexcept;

constexpr std::array<cause, causes> all_causes() noexcept {
  std::array<cause, causes> all{};
  for (std::size_t i = 0; i < causes; ++i)
    all[i] = static_cast<cause>(i);
  return all;
}

/// By cause: seconds, counts.
template <class Value>
using per_cause = std::array<Value, causes>;

/// Waits for something outside the program. The others are for a part of the program itself.
constexpr bool is_external(cause why) noexcept {
  return why != cause::join && why != cause::handoff && why != cause::timed_handoff &&
         why != cause::child && why != cause::pipe && why != cause::full_pipe &&
         why != cause::unknown;
}

/// A thread of this name is one that a Java virtual machine keeps for itself: it wakes by the clock,
/// whatever the program does.
bool is_housekeeper(std::string_view thread_name) noexcept;

/// In a program of Go: its scheduler sleeps. What its goroutines sleep for they wait for in a poll, and C
/// code beside them in another call.
bool is_schedulers_sleep(const system_call& call, cause why) noexcept;

/// Names what a thread waits for. `state` is the letter of its stat line; `call` what its syscall
/// file says, nothing when that may not be read; `kernel_function` is its wchan, empty if unknown.
/// Returns nothing when the thread was not waiting after all.
std::optional<cause> cause_of(char state, const std::optional<system_call>& call,
                              std::string_view kernel_function, fd_teller& fds);

}  // namespace aside_app::ask
