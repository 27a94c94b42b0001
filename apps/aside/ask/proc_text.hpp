#pragma once

#include <sys/types.h>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ask/open_files.hpp"

namespace aside_app::ask {

/// Of /proc/PID/task/TID/schedstat, since the thread began.
struct sched_times {
  std::uint64_t run_ns = 0;
  std::uint64_t queued_ns = 0;  ///< it could have run, but had no processor
  std::uint64_t slices = 0;     ///< how often it got one
};
std::optional<sched_times> parse_schedstat(std::string_view text) noexcept;

/// Of /proc/PID/stat or /proc/PID/task/TID/stat.
struct stat_line {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t flags = 0;  ///< the kernel's
  std::uint64_t major_faults = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t kernel_ticks = 0;
  std::uint64_t start_ticks = 0;
  std::string name;

  /// Only its number is left.
  bool is_dead() const noexcept { return state == 'Z' || state == 'X'; }
  /// It is on its way there, or has arrived: the scheduler may have nothing more to say of it.
  bool is_ending() const noexcept {
    constexpr std::uint64_t exiting = 4;
    return is_dead() || (flags & exiting) != 0;
  }
};
std::optional<stat_line> parse_stat(std::string_view text);

/// Of /proc/PID/task/TID/syscall: where a thread that does not run is in the kernel.
struct system_call {
  bool running = false;
  long number = -1;  ///< -1: in the kernel, but not by a call: a page fault
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t stack_pointer = 0;
  std::uint64_t instruction = 0;

  /// The same call with the same arguments; where they are addresses, what is there may differ.
  bool repeats(const system_call& earlier) const noexcept {
    return number == earlier.number && arguments == earlier.arguments;
  }
};
std::optional<system_call> parse_system_call(std::string_view text) noexcept;

/// The inode in "socket:[123]" or "pipe:[123]".
std::optional<std::uint64_t> inode_in(std::string_view link) noexcept;

/// One number for a place in memory that several processes may share, the same in all of them; from
/// /proc/PID/maps. Nothing when the memory there is the process's own.
std::optional<std::uint64_t> shared_place_in(std::string_view maps, std::uint64_t address) noexcept;

/// Where files begin in memory; from /proc/PID/maps.
std::vector<std::uint64_t> parse_first_pages(std::string_view maps);

/// A piece of a file's code in memory.
struct code_range {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;  ///< in the file
};
/// The code of that file; from /proc/PID/maps.
std::vector<code_range> parse_code_ranges(std::string_view maps, std::string_view file);

/// The descriptors that an epoll descriptor watches, from its fdinfo.
std::vector<int> parse_epoll_targets(std::string_view text);

/// From the fdinfo of a descriptor: it is open for writing, and for nothing else.
bool opens_for_writing(std::string_view text) noexcept;

/// From there, too: a lock for writing was taken by it, or by a copy of it.
bool has_lock(std::string_view text) noexcept;

/// A row of /proc/locks: a process has a file for itself.
struct file_lock {
  pid_t pid = 0;
  file_id file;
};
/// Those of `fcntl`, `lockf` and `flock`. Whoever waits for one is left out.
std::vector<file_lock> parse_file_locks(std::string_view text);

/// By what the kernel's socket diagnosis knows a TCP connection.
struct socket_id {
  std::uint8_t family = 0;  ///< 0: nothing is known
  std::array<std::uint32_t, 12> words{};
};

/// A row of /proc/PID/net/tcp or tcp6, or of udp or udp6, that a process has open; others
/// (TIME_WAIT) have no inode.
struct tcp_row {
  std::uint64_t inode = 0;
  std::uint16_t local_port = 0;
  bool listening = false;
  std::string peer;  ///< "10.0.0.5:5432"
  socket_id id;      ///< the table does not tell it
};
std::vector<tcp_row> parse_tcp_table(std::string_view text);

/// A row of /proc/PID/net/unix.
struct unix_row {
  std::uint64_t inode = 0;
  bool listening = false;
  bool named = false;  ///< of those that do not listen: a connection that was accepted
};
std::vector<unix_row> parse_unix_table(std::string_view text);

}  // namespace aside_app::ask
