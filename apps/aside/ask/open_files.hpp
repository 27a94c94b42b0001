#pragma once

#include <sys/types.h>
#include <compare>
#include <cstdint>
#include <span>

namespace aside_app::ask {

struct file_id {
  dev_t device = 0;
  ino_t inode = 0;

  auto operator<=>(const file_id&) const = default;
};

/// The process has one of these files open, and no lock of any of them. False when it is gone or its
/// descriptors may not be seen.
bool may_wait_for(pid_t pid, std::span<const file_id> locked);

/// The process has that socket open.
bool has_socket(pid_t pid, std::uint64_t socket);

/// The process has the end of a pipe open that is written to. Of named pipes it says nothing.
bool may_write_to(pid_t pid, std::uint64_t pipe);

}  // namespace aside_app::ask
