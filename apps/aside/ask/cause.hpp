#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

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
  pipe,      ///< the other end of a pipe
  terminal,  ///< somebody at a keyboard
  stopped,   ///< a stop signal or a debugger
  unknown,
};

constexpr std::size_t causes = 14;

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
         why != cause::child && why != cause::pipe && why != cause::unknown;
}

/// What a descriptor leads to.
enum class fd_kind : std::uint8_t {
  unknown,
  file,
  outbound,
  inbound,
  listener,
  pipe,
  terminal,
  event,
  epoll,
  timer,
  inotify
};

/// Answers what `cause_of` must know about the process; the real one looks into /proc.
class fd_teller {
 public:
  virtual ~fd_teller() = default;
  virtual fd_kind kind_of(int descriptor) = 0;
  /// What an epoll descriptor watches, by kind.
  virtual std::array<std::size_t, 11> watched_by(int epoll) = 0;
  /// What a poll call was given, by kind.
  virtual std::array<std::size_t, 11> polled(std::uint64_t address, std::uint64_t count) = 0;
  /// What a select call was given, by kind: three sets of `count` bits, addresses may be zero.
  virtual std::array<std::size_t, 11> selected(const std::array<std::uint64_t, 3>& sets,
                                               std::uint64_t count) = 0;
  /// `word` is the number of a thread of the same process.
  virtual bool is_thread(std::uint64_t word) = 0;
};

/// Its arguments alone say what a call waits for, not memory that they point to.
bool is_told_by_arguments(const system_call& call) noexcept;

/// A thread of this name is one that a Java virtual machine keeps for itself: it wakes by the clock,
/// whatever the program does.
bool is_housekeeper(std::string_view thread_name) noexcept;

/// Names what a thread waits for. `state` is the letter of its stat line; `call` what its syscall
/// file says, nothing when that may not be read; `kernel_function` is its wchan, empty if unknown.
/// Returns nothing when the thread was not waiting after all.
std::optional<cause> cause_of(char state, const std::optional<system_call>& call,
                              std::string_view kernel_function, fd_teller& fds);

}  // namespace aside_app::ask
